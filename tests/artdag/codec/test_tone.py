from __future__ import annotations

import av
import numpy as np
import pytest

from artdag.codec.decode import open_media
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.codec.tone import (
    HALD_LEVEL,
    REFERENCE_WHITE,
    SOURCE_PEAK,
    eetf,
    hald_table,
    hlg_to_nits,
    nits_to_pq,
    pq_to_nits,
    to_sdr,
)


def grey(value: float) -> np.ndarray:
    return np.full((1, 3), value)


def test_pq_is_smpte_2084():
    # ITU-R BT.2408, table 1: 203 cd/m² is 58 %, 100 is 51 %, 1000 is 75 %
    light = np.array((100.0, 203.0, 1000.0, 10_000.0))
    np.testing.assert_allclose(nits_to_pq(light), (0.508, 0.581, 0.752, 1.0), atol=0.001)
    np.testing.assert_allclose(pq_to_nits(nits_to_pq(light)), light, rtol=1e-9)


def test_hlg_white_is_where_the_standard_puts_it():
    # ITU-R BT.2408: 75 % HLG is 203 cd/m² on a display of 1000
    assert hlg_to_nits(grey(0.75))[0, 0] == pytest.approx(203, rel=0.01)
    assert hlg_to_nits(grey(1.0))[0, 0] == pytest.approx(1000, rel=0.001)


def test_the_curve_leaves_the_dark_alone_and_brings_the_peak_to_white():
    light = np.linspace(0.1, SOURCE_PEAK, 2000)
    mapped = eetf(light)
    assert np.all(np.diff(mapped) > 0)
    np.testing.assert_allclose(mapped[light < 88], light[light < 88], rtol=1e-6)
    assert mapped[-1] == pytest.approx(REFERENCE_WHITE, rel=1e-6)
    assert eetf(np.array(4000.0)) == pytest.approx(REFERENCE_WHITE, rel=1e-6)


@pytest.mark.parametrize("transfer", ["pq", "hlg", "sdr"])
def test_greys_stay_grey_and_rise(transfer):
    values = to_sdr(np.repeat(np.linspace(0, 1, 101)[:, None], 3, axis=1), transfer)
    np.testing.assert_allclose(np.ptp(values, axis=1), 0, atol=2e-4)
    assert np.all(np.diff(values[:, 0]) >= 0)
    assert values[0, 0] == pytest.approx(0, abs=1e-3)
    assert values[-1, 0] == pytest.approx(1, abs=1e-3)


def test_the_table_is_the_formula_at_its_points():
    table = hald_table("hlg")
    points = HALD_LEVEL**2
    assert table.shape == (HALD_LEVEL**3, HALD_LEVEL**3, 3)
    red, green, blue = 5, 17, 30
    flat = table.reshape(-1, 3)[red + points * (green + points * blue)]
    colour = np.array([(red, green, blue)]) / (points - 1)
    np.testing.assert_allclose(flat / 65535, to_sdr(colour, "hlg")[0], atol=1e-5)


def test_white_of_an_hlg_clip_comes_out_where_the_formula_says(tmp_path):
    path = tmp_path / "white.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p10le"
        stream.codec_context.color_trc = 18
        stream.codec_context.color_primaries = 9
        stream.codec_context.colorspace = 9
        stream.codec_context.color_range = 1
        for signal in (0.75, 0.38):
            planes = np.full((48, 32), 512, np.uint16)
            planes[:32] = round(64 + 876 * signal)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p10le")
            frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = 18, 9, 9, 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    facts = probe(path)
    assert facts.picture.hdr == "hlg"
    for frame, signal in zip(open_media(path, facts).video.frames(0, 2), (0.75, 0.38), strict=True):
        luma, u, v = Frame.over(frame).planes
        assert luma.mean() == pytest.approx(16 + 219 * to_sdr(grey(signal), "hlg")[0, 0], abs=1)
        assert u.mean() == pytest.approx(128, abs=1)
        assert v.mean() == pytest.approx(128, abs=1)
