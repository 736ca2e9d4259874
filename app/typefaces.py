"""The operator's typefaces, taken into use once in each process."""

from __future__ import annotations

from app.settings import Settings, SettingsError
from artdag.errors import RenderError


def use_typefaces(settings: Settings) -> None:
    """Write with the typefaces of ``FONTS_DIR``, too. Raises SettingsError where a file there is no font."""
    from artdag.codec.fontfile import use_folder  # the supervisor needs nothing of the codec where there are none

    try:
        use_folder(settings.fonts_dir)
    except RenderError as error:
        raise SettingsError(f"FONTS_DIR={settings.fonts_dir}: {error.message}") from error
