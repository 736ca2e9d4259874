"""Tiny media for tests, made when they are asked for: every kind of file that people bring, and broken ones."""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg

TEST_PICTURE = "testsrc2=s=96x64:r=30:d=1.5"
TAGGED = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
PICTURE = ("-f", "lavfi", "-i", TEST_PICTURE)
TONE = ("-f", "lavfi", "-i", "sine=440:d=1.5:r=44100")
TONE_48K = ("-f", "lavfi", "-i", "sine=440:d=1.5:r=48000")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-threads", "1")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=15:pools=1")
FLASH = ("-f", "lavfi", "-i", "color=black:s=96x64:r=30:d=1.5,drawbox=t=fill:c=white:enable='eq(n,15)'")
BEEP = ("-f", "lavfi", "-i", "aevalsrc='if(gte(t,0.5)*lt(t,0.6),0.8*sin(2*PI*1000*t),0)':s=44100:d=1.5")
"""The flash is frame 15, the beep begins with it, at 0.5 s."""

_HDR = "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc:range=tv"
_SIX = "|".join(f"0.2*sin({tone}*2*PI*t)" for tone in (300, 400, 500, 60, 700, 800))

COMMANDS: dict[str, tuple[str, ...]] = {
    # ordinary
    "plain.mp4": (*PICTURE, *TONE, *X264, "-g", "15", "-bf", "2", *TAGGED, "-c:a", "aac"),
    "untagged.mp4": (*PICTURE, *X264, "-g", "15"),
    "full_range.mp4": (*PICTURE, *X264, "-pix_fmt", "yuvj420p"),
    "plain.mov": (*PICTURE, *TONE, *X264, "-g", "15", "-c:a", "pcm_s16le"),
    "plain.mkv": (*PICTURE, *TONE_48K, *X264, "-g", "15", "-c:a", "libopus"),
    "plain.webm": (*PICTURE, *TONE, "-c:v", "libvpx-vp9", "-g", "15", "-deadline", "realtime", "-c:a", "libvorbis"),
    "altref.webm": (*PICTURE, "-c:v", "libvpx", "-g", "15", "-auto-alt-ref", "1", "-lag-in-frames", "16"),
    "plain.ts": (*PICTURE, *TONE_48K, *X264, "-g", "15", "-c:a", "aac"),
    "mpeg2.ts": (*PICTURE, "-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-b:v", "800k"),
    "xvid.avi": (*PICTURE, *TONE, "-c:v", "mpeg4", "-bf", "2", "-g", "12", "-c:a", "libmp3lame"),
    "x264.avi": (*PICTURE, *X264, "-g", "12"),
    "motion.avi": (*PICTURE, "-c:v", "mjpeg", "-q", "4"),
    "plain.ogv": (*PICTURE, *TONE, "-c:v", "libtheora", "-g", "12", "-c:a", "libvorbis"),
    "fragmented.mp4": (*PICTURE, *X264, "-g", "15", "-movflags", "frag_keyframe+empty_moov"),
    "av1.mp4": (*PICTURE, "-c:v", "libaom-av1", "-cpu-used", "8", "-g", "15"),
    "ffv1.mkv": (*PICTURE, "-c:v", "ffv1", "-level", "3", "-slicecrc", "1"),
    "qt.mov": (*PICTURE, "-c:v", "qtrle", "-pix_fmt", "argb"),
    # groups of pictures that are not closed
    "open_gop.ts": (*PICTURE, *X264, "-x264-params", "keyint=15:open-gop=1:bframes=3"),
    "open_gop.mkv": (*PICTURE, *X265[:4], "-x265-params", "log-level=none:keyint=15:open-gop=1:bframes=3:pools=1"),
    "refresh.mp4": (*PICTURE, *X264, "-x264-params", "keyint=15:intra-refresh=1"),
    # times
    "vfr.mp4": (
        *PICTURE,
        *("-vf", "settb=1/90000,select='lt(mod(n,5),3)',setpts=PTS+mod(N\\,2)*150"),
        *("-fps_mode", "vfr", "-enc_time_base", "1/90000", *X264, "-g", "12", *TAGGED),
    ),
    "ntsc.mp4": ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30000/1001:d=1", *X264),
    "film.mkv": ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=24000/1001:d=1", *X264),
    "fast.mp4": ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=480:d=0.5", *X264),
    "one_frame.mp4": (*PICTURE, "-frames:v", "1", *X264),
    # pictures that need work
    "wide_pixels.mp4": ("-f", "lavfi", "-i", "testsrc=s=96x64:r=30:d=0.5", "-vf", "setsar=16/11", *X264, *TAGGED),
    "wild_pixels.mp4": ("-f", "lavfi", "-i", "testsrc=s=96x64:r=30:d=0.2", "-vf", "setsar=4000/3", *X264),
    "odd.mp4": ("-f", "lavfi", "-i", "color=red:s=97x65:r=30:d=0.5", "-pix_fmt", "yuv444p", *X264),
    "interlaced.mp4": (*PICTURE, *X264, "-flags", "+ildct+ilme", "-x264-params", "tff=1:keyint=12"),
    "hlg.mp4": (*PICTURE, "-vf", _HDR.format("arib-std-b67"), *X265),
    "pq.mov": (*PICTURE, "-vf", _HDR.format("smpte2084"), *X265, "-tag:v", "hvc1"),
    "ten_bits.mp4": (*PICTURE, "-vf", "format=yuv420p10le", *X265),
    "alpha.webm": (*PICTURE, "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-deadline", "realtime", "-g", "15"),
    "alpha_vp8.webm": (*PICTURE, "-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-g", "15"),
    "prores.mov": (*PICTURE, "-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"),
    "magicyuv.avi": (*PICTURE, "-c:v", "magicyuv"),
    # sound
    "late_sound.mkv": (*PICTURE, "-itsoffset", "0.3", *TONE_48K, "-map", "0", "-map", "1", *X264, "-c:a", "flac"),
    "early_sound.mkv": ("-itsoffset", "0.3", *PICTURE, *TONE_48K, "-map", "0", "-map", "1", *X264, "-c:a", "flac"),
    "mono.wav": ("-f", "lavfi", "-i", "sine=440:d=1:r=22050", "-c:a", "pcm_u8"),
    "six.mkv": ("-f", "lavfi", "-i", f"aevalsrc='{_SIX}':c=5.1:d=1:s=48000", "-c:a", "flac"),
    "tone.mp3": (*TONE, "-c:a", "libmp3lame"),
    "tone.ogg": (*TONE, "-c:a", "libvorbis"),
    "tone.opus": (*TONE_48K, "-c:a", "libopus", "-f", "ogg"),
    "tone.flac": ("-f", "lavfi", "-i", "sine=440:d=1.5:r=96000", "-c:a", "flac", "-sample_fmt", "s32"),
    "tone.m4a": (*TONE, "-c:a", "alac"),
    "tone.aac": (*TONE, "-c:a", "aac"),
    "tone.wav": (*TONE, "-c:a", "pcm_s16le"),
    # stills
    "still.png": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-pix_fmt", "rgb24"),
    "deep.png": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-pix_fmt", "rgb48be"),
    "palette.png": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-pix_fmt", "pal8"),
    "alpha.png": ("-f", "lavfi", "-i", "color=red@0.5:s=64x48,format=rgba", "-frames:v", "1"),
    "still.jpg": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-q:v", "2"),
    "still.bmp": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1"),
    "still.tiff": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1"),
    "still.webp": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-c:v", "libwebp"),
    "still.gif": ("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1"),
    "moving.gif": ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1"),
    "moving.webp": ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-c:v", "libwebp_anim"),
    # picture and sound that must meet
    "flash.mp4": (*FLASH, *BEEP, *X264, "-bf", "2", "-c:a", "aac"),
    "flash.mov": (*FLASH, *BEEP, *X264, "-c:a", "pcm_s16le"),
    "flash.mkv": (*FLASH, *BEEP, *X264, "-bf", "2", "-c:a", "libopus"),
    "flash.webm": (*FLASH, *BEEP, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"),
    "flash.ts": (*FLASH, *BEEP, *X264, "-bf", "2", "-c:a", "mp2"),
    "flash.avi": (*FLASH, *BEEP, "-c:v", "mpeg4", "-c:a", "pcm_s16le"),
    "flash.ogv": (*FLASH, *BEEP, "-c:v", "libtheora", "-q:v", "8", "-c:a", "libvorbis"),
}
"""What the ffmpeg binary is told to make each file."""


def run_ffmpeg(*words: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    done = subprocess.run([*command, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg could not make {words[-1]}: {done.stderr[-500:]}")


class MediaFolder:
    """Makes each file once, in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Path:
        """Return the file called *name*: one of ``COMMANDS`` or ``SPECIAL``."""
        path = self._folder / name
        if not path.exists():
            if name in COMMANDS:
                run_ffmpeg(*COMMANDS[name], path)
            else:
                SPECIAL[name](self, path)
        return path


def _rotated(degrees: int) -> Callable[[MediaFolder, Path], None]:
    def make(media: MediaFolder, path: Path) -> None:
        run_ffmpeg("-display_rotation", str(degrees), "-i", media["plain.mp4"], "-c", "copy", path)

    return make


def _without_index(media: MediaFolder, path: Path) -> None:
    path.write_bytes(media["plain.mp4"].read_bytes()[:12_000])  # its moov stands at the end


def _cut_off(media: MediaFolder, path: Path) -> None:
    whole = path.with_name("whole.mp4")
    run_ffmpeg("-i", media["plain.mp4"], "-c", "copy", "-movflags", "+faststart", whole)
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def _cut_between_key_frames(media: MediaFolder, path: Path) -> None:
    content = media["open_gop.ts"].read_bytes()
    begin = len(content) * 2 // 5 // 188 * 188
    path.write_bytes(content[: 188 * 3] + content[begin:])


def _with_cover(media: MediaFolder, path: Path) -> None:
    run_ffmpeg(
        *TONE,
        "-i",
        media["still.png"],
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "mjpeg",
        "-disposition:v",
        "attached_pic",
        path,
    )


def _damaged(name: str) -> Callable[[MediaFolder, Path], None]:
    def make(media: MediaFolder, path: Path) -> None:
        content = bytearray(media[name].read_bytes())
        middle = len(content) // 2
        content[middle : middle + 600] = bytes(37 * index % 256 for index in range(600))
        path.write_bytes(content)

    return make


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Return *jpeg* with an EXIF segment that says *orientation* (1..8)."""
    directory = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    exif = b"Exif\x00\x00MM\x00*" + struct.pack(">I", 8) + directory
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int) -> bytes:
    """Return a small PNG whose header promises a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


SPECIAL: dict[str, Callable[[MediaFolder, Path], None]] = {
    "rotated_90.mp4": _rotated(90),
    "rotated_180.mp4": _rotated(180),
    "rotated_270.mp4": _rotated(270),
    "no_index.mp4": _without_index,
    "cut_off.mp4": _cut_off,
    "cut.ts": _cut_between_key_frames,
    "cover.mp3": _with_cover,
    "damaged.mkv": _damaged("ffv1.mkv"),
    "damaged.ts": _damaged("plain.ts"),
    "damaged.mp4": _damaged("rotated_180.mp4"),
}

HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "one_byte": b"\x00",
    "hls.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "hls_http.mp4": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n",
    "dash.mp4": b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>',
    "bare_dash.mp4": b"<MPD><Period><BaseURL>/etc/passwd</BaseURL></Period></MPD>",
    "concat.mp4": b"ffconcat version 1.0\nfile plain.mp4\n",
    "sdp.mp4": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video 9999 RTP/AVP 96\r\n",
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "list.pls": b"[playlist]\nFile1=/etc/passwd\n",
    "vobsub.idx": b"# VobSub index file, v7\nid: en, index: 0\n",
    "text.txt": b"hello, this is only text\n",
    "random": bytes((7 * i * i + 31 * i) % 251 for i in range(5000)),
    "zeros": bytes(10_000),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100),
    "pdf": b"%PDF-1.7\n1 0 obj\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "elf": b"\x7fELF" + bytes(100),
}
"""Files that must be refused as of no accepted type, whatever they are called (the first as broken: it is empty)."""
