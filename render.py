"""``python render.py dog cat --sync``: render a recipe or an effect, and have the result beside you.

The command itself is ``app/render_command.py``; this file only finds the Python that has what it needs.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
_NEEDED = ("av", "flask", "numpy", "pydantic", "redis", "rq", "yaml")
_ENTERED = "ARTDAG_ENTERED_VENV"


def enter_environment() -> None:
    """Run this file again with the Python of ``.venv``, where this one lacks what it needs."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if not missing:
        return
    python = PROJECT / ".venv" / "bin" / "python"
    if python.exists() and _ENTERED not in os.environ:
        os.environ[_ENTERED] = "1"
        os.execv(python, [str(python), str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.exit(f"render.py needs {', '.join(missing)}: `make run` sets everything up")


def main() -> int:
    enter_environment()
    sys.path.insert(0, str(PROJECT))
    from app.client.render_command import main as render

    return render(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
