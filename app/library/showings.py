"""On what the effects of this project are shown in the catalogue, and with which settings: name → Showing.

Looked at as pictures and as loops, each: what it does is plain to see at a glance, and the loop ends as it begins.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.library.showing import HEIGHT, WIDTH, Showing, Swing, Turn

_DOG = "length((x - 245) / 118, (y - 168) / 140) < 1 && r > g - 0.02 && g > b - 0.02 && (y > 80 || r < 0.9)"
_STUDIO = ("expr", {"r": f"{_DOG} ? r : 0", "g": f"{_DOG} ? g : 1", "b": f"{_DOG} ? b : 0"})
"""The dog before a green screen: within an ellipse stays what is neither green nor blue, nor a cloud."""
_PLACE = f"length(x - {WIDTH / 2} - 150 * cos(2*pi*t/3), y - {HEIGHT / 2} - 85 * sin(4*pi*t/3))"
_LIGHT = f"exp(-({_PLACE} / 9) ^ 2)"
_FIREFLY = ("expr", {"r": f"r + {_LIGHT} * 1.2", "g": f"g + {_LIGHT}", "b": f"b + {_LIGHT} * 0.5"})
"""A light that flies an eight, once in three seconds."""
_CLOCK = ("timecode", {"size": 100, "margin": 30, "position": "top"})
_PLASMA = "0.5 + 0.5 * sin({scale} * length(x - w/2 + 120 * cos(2*pi*t/3), y - h/2) - 2*pi*t/3 * 2 + {phase})"
_RING = [_PLASMA.format(scale=0.045, phase=phase) for phase in (0.0, 2.1, 4.2)]

SHOWINGS: Mapping[str, Showing] = {
    # basics
    "dog": Showing(on="waves", params={"overlay": True}),
    "identity": Showing(on="june"),
    # colour
    "brightness": Showing(on="september", params={"amount": Swing(-0.25, 0.3)}, at=0.5),
    "chroma_key": Showing(on="dog", first=(_STUDIO,), params={"color": "#00ff00", "similarity": 0.2}, behind="dunes"),
    "color_adjust": Showing(
        on="july", params={"contrast": Swing(1, 1.4), "saturation": Swing(1, 0.35), "gamma": 0.9}, beside=True
    ),
    "color_balance": Showing(on="february", params={"red": Swing(-0.2, 0.6), "blue": Swing(0.2, -0.5)}),
    "color_cycle": Showing(on="may", params={"turns_per_second": 1 / 3}, at=0.4),
    "contrast": Showing(on="november", params={"amount": Swing(1, 1.9)}),
    "expr": Showing(
        on="cat", params={name: f"mix({name}, {ring}, 0.5)" for name, ring in zip("rgb", _RING, strict=True)}, at=0.2
    ),
    "gradient_map": Showing(on="waves"),
    "grayscale": Showing(on="october", params={"amount": Swing(0, 1)}),
    "hue_shift": Showing(on="cat", params={"degrees": Turn(0, 360)}, at=0.55),
    "invert": Showing(on="february"),
    "lut": Showing(on="november", under="warm", beside=True),
    "posterize": Showing(on="waves", params={"levels": 4}),
    "saturation": Showing(on="june", params={"amount": Swing(0, 2.2)}),
    "sepia": Showing(on="march", params={"amount": Swing(0, 1)}),
    "threshold": Showing(on="november", params={"level": Swing(90, 170)}, at=0.4),
    # detail
    "blur": Showing(on="december", params={"radius": Swing(1, 10)}),
    "denoise": Showing(
        on="april",
        first=(("noise", {"amount": 0.14}),),
        params={"strength": 0.55, "radius": 6},
        beside=True,
        grainy=True,
    ),
    "edge_detect": Showing(on="cat", params={"high": Swing(60, 200)}, at=0),
    "emboss": Showing(on="may", params={"degrees": Turn(0, 360), "keep": 0.4, "amount": 1.4}, at=0.3),
    "neon_glow": Showing(on="cat", params={"radius": Swing(6, 16), "amount": Swing(0.5, 1.1)}),
    "outline": Showing(on="dog", params={"thickness": Swing(1, 2)}),
    "pixelate": Showing(on="cat", params={"size": Swing(3, 17)}),
    "sharpen": Showing(on="october", first=(("blur", {"radius": 1.5}),), params={"amount": 4}, beside=True),
    # geometry
    "crop": Showing(on="june", params={"x": 40, "y": 20, "width": 160, "height": 130}, placed=(40, 20)),
    "displace": Showing(on="may", params={"x": Swing(-45, 45), "y": Swing(35, -35)}, under="dunes"),
    "fisheye": Showing(on="cat", params={"strength": Swing(-0.5, 1)}),
    "flip": Showing(on="june", first=(("title", {"text": "Flip", "size": 190, "fade_s": 0}),)),
    "kaleidoscope": Showing(on="july", params={"degrees": Turn(0, 360), "segments": 8}, at=0.1),
    "ken_burns": Showing(
        on="april",
        params={"to_zoom": 2.6, "from_x": 0.6, "to_x": 0.38, "to_y": 0.75},
        returns=True,
        at=0.35,
    ),
    "mirror": Showing(on="waves", params={}),
    "ripple": Showing(on="waves", params={"amplitude": 9, "wavelength": 70}, at=0.3),
    "rotate": Showing(on="june", params={"degrees": Swing(-14, 14)}, at=0.1),
    "shake": Showing(on="dog", params={"amplitude": 14, "degrees": 3}, at=0.3),
    "swirl": Showing(on="dunes", params={"strength": Swing(0, 1.2)}),
    "tile_grid": Showing(on="cat", params={"columns": 3, "rows": 3}),
    "wave": Showing(on="october", params={"amplitude": 12, "wavelength": 110, "speed": 2 / 3}),
    "zoom": Showing(on="june", params={"factor": Swing(1, 3), "x": 0.18, "y": 0.3}),
    # look
    "ascii_art": Showing(on="cat", params={"char_size": 8}),
    "bloom": Showing(on="december", params={"radius": 30, "threshold": 0.45, "amount": Swing(0.4, 1.8)}),
    "crt": Showing(on="waves", params={}),
    "datamosh": Showing(on="dunes", params={"corruption": 0.5}, at=0.7),
    "film_grain": Showing(on="september", params={"intensity": 0.35}, grainy=True),
    "halftone": Showing(on="cat", params={"size": 7}),
    "noise": Showing(on="waves", params={"amount": 0.25}, grainy=True),
    "pixelsort": Showing(on="october", params={"low": 40, "high": Swing(90, 190)}),
    "rgb_split": Showing(on="cat", params={"offset": Swing(0, 9)}),
    "scanlines": Showing(on="january", params={"spacing": 6, "opacity": 0.6}),
    "vignette": Showing(on="may", params={"strength": Swing(0, 0.75)}),
    # time
    "echo": Showing(
        on="august", first=(_FIREFLY,), params={"count": 6, "delay_s": 0.12, "decay": 0.8, "blend": "lighten"}
    ),
    "freeze": Showing(on="waves", first=(_CLOCK,), params={"at_s": 1, "for_s": 1.5}),
    "loop": Showing(on="dunes", first=(_CLOCK,), params={"count": 2}),
    "reverse": Showing(on="waves", first=(_CLOCK,)),
    "speed_ramp": Showing(
        on="waves", first=(_CLOCK,), params={"factor": {"keyframes": [[0, 0.3], [1.5, 2.5], [3.2, 0.3]]}}
    ),
    "strobe": Showing(on="cat", params={"rate_hz": 4 / 3, "shown": 0.75}, at=0.1),
    "time_slice": Showing(on="august", first=(_FIREFLY,), params={"spread_s": 1.5}),
    "trails": Showing(on="august", first=(_FIREFLY,), params={"decay": 0.93, "blend": "lighten"}),
    # text
    "spectrum": Showing(on="music", params={"width": WIDTH, "height": HEIGHT, "bars": 40}, at=0.13),
    "subtitle": Showing(on="waves", params={"size": 60}, under="words", at=0.25),
    "timecode": Showing(on="dog", params={"size": 70}),
    "title": Showing(on="waves", params={"text": "Slow tide", "size": 130, "fade_s": 0.6, "y": -0.12}, at=0.4),
    "watermark": Showing(on="july", params={"scale": Swing(0.2, 0.28), "margin": 40}, under="cat"),
    "waveform": Showing(on="music", params={"width": WIDTH, "height": HEIGHT, "window_s": 2, "bars": 60}, at=0.3),
    # sound
    "fade_audio": Showing(on="music", params={"in_s": 1.5, "out_s": 1.5}),
    "gain": Showing(on="music", params={"gain_db": Swing(-18, 6)}),
    "highpass": Showing(on="music", params={"frequency_hz": Swing(100, 3000)}, seen_by="spectrum"),
    "lowpass": Showing(on="music", params={"frequency_hz": Swing(6000, 150)}, seen_by="spectrum"),
    "normalize_loudness": Showing(on="music", first=(("gain", {"gain_db": -20}),)),
    "pitch": Showing(on="music", params={"semitones": 7}, seen_by="spectrum"),
    "reverb": Showing(on="music", params={"size": 35, "mix": 0.6}),
}
