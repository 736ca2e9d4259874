"""Writing still pictures: the encoder's one packet is the whole file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from artdag.codec.coder import set_up_picture
from artdag.codec.fit import fitted_frames
from artdag.codec.profile import Profile
from artdag.codec.stream import Video
from artdag.codec.tally import Tally
from artdag.errors import RenderError


def write_still(video: Video, profile: Profile, path: Path, tally: Tally) -> None:
    """Write the one frame of *video* to *path*.

    Raises:
        RenderError: when *video* has no frame, or more than one.
    """
    with closing(fitted_frames(video, 0, 1, profile)) as frames:
        pictures = list(frames)
    assert profile.picture is not None
    context = CodecContext.create(profile.picture.codec, "w")
    assert isinstance(context, VideoCodecContext)
    set_up_picture(context, profile, video.shape)
    context.open()
    tally.encoders_opened += 1
    packets = [packet for frame in (*pictures, None) for packet in context.encode(frame)]
    if len(packets) != 1:
        raise RenderError(f"the {profile.picture.codec} encoder gave {len(packets)} pictures for one frame")
    tally.frames_encoded += 1
    path.write_bytes(bytes(packets[0]))
