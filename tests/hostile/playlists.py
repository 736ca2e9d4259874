"""Files that name other files or the network: playlists, manifests, references, subtitles, vector pictures."""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.hostile.case import BROKEN, REFUSED, REFUSED_TYPE, Case, Traps

Make = Callable[[Traps], bytes]


def text(pattern: str) -> Make:
    """Return a maker of *pattern* with the traps' addresses in it."""

    def make(traps: Traps) -> bytes:
        words = {
            "SECRET": str(traps.secret),
            "CLIP": str(traps.clip),
            "PIPE": str(traps.pipe),
            "URL": traps.url,
            "PORT": str(traps.port),
        }
        found = pattern
        for name, word in words.items():
            found = found.replace(f"<{name}>", word)
        return found.encode()

    return make


def hls(*entries: str, head: str = "") -> Make:
    lines = "".join(f"#EXTINF:1,\n{entry}\n" for entry in entries)
    return text(f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n{head}{lines}#EXT-X-ENDLIST\n")


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def full(kind: bytes, data: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, bytes(4) + data)


def movie_that_refers(kind: bytes, target: Callable[[Traps], bytes]) -> Make:
    """An old QuickTime movie that holds nothing but an address: ``rmra`` → ``rmda`` → ``rdrf``."""

    def make(traps: Traps) -> bytes:
        name = target(traps)
        reference = full(b"rdrf", kind + struct.pack(">I", len(name)) + name)
        return box(b"ftyp", b"qt  " + bytes(4)) + box(b"moov", box(b"rmra", box(b"rmda", reference)))

    return make


def track_elsewhere(kind: bytes, target: Callable[[Traps], bytes]) -> Make:
    """A movie whose one track says that its samples lie in another file (``dref``)."""

    def make(traps: Traps) -> bytes:
        entry = full(kind, target(traps) + b"\0")
        dref = full(b"dref", struct.pack(">I", 1) + entry)
        mjpeg = box(b"jpeg", bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", 64, 48) + bytes(50))
        table = box(
            b"stbl",
            full(b"stsd", struct.pack(">I", 1) + mjpeg)
            + full(b"stts", struct.pack(">III", 1, 1, 1))
            + full(b"stsc", struct.pack(">IIII", 1, 1, 1, 1))
            + full(b"stsz", struct.pack(">II", 100, 1))
            + full(b"stco", struct.pack(">II", 1, 0)),
        )
        media = box(
            b"mdia",
            full(b"mdhd", bytes(8) + struct.pack(">II", 25, 25) + bytes(4))
            + full(b"hdlr", b"mhlrvide" + bytes(13))
            + box(b"minf", full(b"vmhd", bytes(8)) + box(b"dinf", dref) + table),
        )
        head = full(b"tkhd", bytes(8) + struct.pack(">I", 1) + bytes(68))
        movie = full(b"mvhd", bytes(8) + struct.pack(">II", 25, 25) + bytes(80))
        return box(b"ftyp", b"qt  " + bytes(4)) + box(b"moov", movie + box(b"trak", head + media))

    return make


def avi_with_subtitles(traps: Traps) -> bytes:
    """The shape of CVE-2017-9993: a playlist as the subtitles of an AVI."""
    playlist = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile://{traps.pipe}\n#EXT-X-ENDLIST\n".encode()
    gab2 = b"GAB2\0\2\0" + struct.pack("<I", 4) + b"s\0\0\0" + b"\4\0" + struct.pack("<I", len(playlist)) + playlist
    stream = b"txts" + bytes(16) + struct.pack("<IIII", 1, 25, 0, 1) + bytes(16)
    header = b"strh" + struct.pack("<I", len(stream)) + stream + b"strf" + struct.pack("<I", 0)
    listed = b"LIST" + struct.pack("<I", len(header) + 4) + b"strl" + header
    main = b"avih" + struct.pack("<I", 56) + bytes(56)
    head = b"LIST" + struct.pack("<I", 4 + len(main) + len(listed)) + b"hdrl" + main + listed
    data = b"LIST" + struct.pack("<I", 4 + 8 + len(gab2)) + b"movi" + b"00tx" + struct.pack("<I", len(gab2)) + gab2
    body = b"AVI " + head + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def behind(head: bytes, make: Make) -> Make:
    """Something hostile behind the first bytes of an accepted type."""
    return lambda traps: head + make(traps)


FILE_LIST = hls("file://<PIPE>")
MPD = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL>'
    '<SegmentList><SegmentURL media="{}"/></SegmentList></Representation></AdaptationSet></Period></MPD>'
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
XXE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file://<SECRET>">]>{}'
ASS = "[Script Info]\nScriptType: v4.00+\n[Fonts]\nfontname: <PIPE>\n[Events]\nDialogue: 0,0,0,,,,,{\\fn<PIPE>}x\n"

_REFUSED_TEXTS: dict[str, Make] = {
    "HLS: a secret by file:": hls("file://<SECRET>"),
    "HLS: a secret by ..": hls("../secret.txt"),
    "HLS: a sibling": hls("pipe.ts"),
    "HLS: an absolute path": hls("<PIPE>"),
    "HLS: http": hls("<URL>/a.ts"),
    "HLS: concat of http": hls("concat:<URL>/a|file://<SECRET>"),
    "HLS: subfile": hls("subfile,,start,0,end,99,,:<PIPE>"),
    "HLS: a key by http": hls("a.ts", head='#EXT-X-KEY:METHOD=AES-128,URI="<URL>/key"\n'),
    "HLS: a key by file": hls("a.ts", head='#EXT-X-KEY:METHOD=AES-128,URI="file://<PIPE>"\n'),
    "HLS: a map by file": hls("a.m4s", head='#EXT-X-MAP:URI="<PIPE>"\n'),
    "HLS: a master that goes to http": text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n<URL>/low.m3u8\n"),
    "HLS: gopher": hls("gopher://127.0.0.1:<PORT>/_FLUSHALL"),
    "HLS: tcp": hls("tcp://127.0.0.1:<PORT>"),
    "HLS: unix": hls("unix:/run/redis.sock"),
    "HLS: data": hls("data:video/mp2t;base64,Rw=="),
    "HLS: behind a byte order mark": behind(b"\xef\xbb\xbf", hls("<PIPE>")),
    "HLS: behind empty lines": behind(b"\n\n\n", hls("<PIPE>")),
    "ffconcat: an absolute path": text("ffconcat version 1.0\nfile <PIPE>\n"),
    "ffconcat: a sibling": text("ffconcat version 1.0\nfile pipe.ts\n"),
    "ffconcat: ..": text("ffconcat version 1.0\nfile ../../secret.txt\n"),
    "ffconcat: http": text("ffconcat version 1.0\nfile '<URL>/a.mp4'\n"),
    "ffconcat: options": text("ffconcat version 1.0\nfile <PIPE>\noption safe 0\n"),
    "DASH: an absolute path": text(MPD.format("<PIPE>", "<PIPE>")),
    "DASH: http": text(MPD.format("<URL>/", "a.mp4")),
    "DASH: an entity": text(XXE.format("<MPD>&b;</MPD>")),
    "SDP": text("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video <PORT> RTP/AVP 96\r\n"),
    "ASX": text('<asx version="3.0"><entry><ref href="<URL>/a.wmv"/></entry></asx>'),
    "PLS": text("[playlist]\nFile1=<URL>/a.mp3\nNumberOfEntries=1\n"),
    "M3U without a head": text("<URL>/a.mp3\n<PIPE>\n"),
    "VobSub": text("# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n# <PIPE>\n"),
    "RTSP": text("RTSPtext\r\nrtsp://127.0.0.1:<PORT>/a\r\n"),
    "text as tty": text("\x1b[2J\x1b[31mhello <SECRET>\n" * 20),
    "XBIN and ANSI": behind(b"XBIN\x1a\x50\0\x19\0\x10\0", text("<PIPE>" * 20)),
    "ASS with a font path": text(ASS),
    "SVG: an image by file": text(SVG.format('<image xlink:href="file://<SECRET>"/>')),
    "SVG: an image by http": text(SVG.format('<image href="<URL>/a.png"/>')),
    "SVG: XInclude": text(SVG.format('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="<SECRET>"/>')),
    "SVG: XInclude with a trick": text(
        SVG.format('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href=".?../../secret.txt" parse="text"/>')
    ),
    "SVG: an entity": text(XXE.format(SVG.format("<text>&b;</text>"))),
    "XSPF": text('<playlist xmlns="http://xspf.org/ns/0/"><trackList><track><location><URL>/</location></track>'),
    "IMF": text('<?xml version="1.0"?><AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM"/>'),
    "image2 pattern": text("<SECRET>%d"),
    "a script of lavfi": text("movie=<PIPE>"),
    "a shell script": text("#!/bin/sh\ncurl <URL>\n"),
    "an ebook with entities": text(XXE.format("<html>&b;</html>")),
}

_IN_ACCEPTED_TYPES: dict[str, Make] = {
    "movie that refers by url": movie_that_refers(b"url ", lambda traps: f"{traps.url}/a.mov\0".encode()),
    "movie that refers by path": movie_that_refers(b"alis", lambda traps: str(traps.pipe).encode()),
    "track elsewhere by url": track_elsewhere(b"url ", lambda traps: f"{traps.url}/a.jpg".encode()),
    "track elsewhere by path": track_elsewhere(b"url ", lambda traps: f"file://{traps.pipe}".encode()),
    "track elsewhere by alias": track_elsewhere(b"alis", lambda traps: b"\0" * 148 + str(traps.pipe).encode()),
    "AVI with a playlist as subtitles": avi_with_subtitles,
    "HLS behind a box of MP4": behind(box(b"ftyp", b"isom" + bytes(4)), FILE_LIST),
    "HLS behind a head of GIF": behind(b"GIF89a\1\0\1\0\0\0\0", FILE_LIST),
    "HLS behind a head of PNG": behind(b"\x89PNG\r\n\x1a\n", FILE_LIST),
    "HLS behind a head of Ogg": behind(b"OggS\0\2", FILE_LIST),
    "HLS behind a head of FLAC": behind(b"fLaC\x80\0\0\0", FILE_LIST),
    "HLS behind a head of Matroska": behind(b"\x1aE\xdf\xa3\x80", FILE_LIST),
    "HLS behind a head of JPEG": behind(b"\xff\xd8\xff\xfe\0\4\0\0", FILE_LIST),
    "HLS behind a head of TIFF": behind(b"II*\0\x08\0\0\0\0\0", FILE_LIST),
    "HLS behind a head of WAV": behind(b"RIFF\xff\xff\xff\xffWAVELIST", FILE_LIST),
    "HLS behind an ID3 tag": behind(b"ID3\4\0\0\0\0\x7f\x7f" + bytes(5000), FILE_LIST),
    "DASH behind a box of MP4": behind(box(b"ftyp", b"dash" + bytes(4)), text(MPD.format("<PIPE>", "<PIPE>"))),
}

CASES = [
    *(
        Case(name=name, make=make, expect=REFUSED_TYPE, filename=("x.mp4", "x.png", "x")[place % 3])
        for place, (name, make) in enumerate(_REFUSED_TEXTS.items())
    ),
    *(
        Case(name=name, make=make, expect=BROKEN if "behind" in name or "movie" in name else REFUSED)
        for name, make in _IN_ACCEPTED_TYPES.items()
    ),
]
