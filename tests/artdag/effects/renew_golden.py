"""Write the golden files anew, on purpose: ``python -m tests.artdag.effects.renew_golden [effect …]``.

A change of pixels is a change of the effect's version: raise it first.
"""

from __future__ import annotations

import json
import sys

from artdag.catalog import load_effects
from tests.artdag.effects.golden_digests import golden_of, path_of


def main(names: list[str]) -> None:
    catalog = load_effects()
    for effect in [catalog.get(name) for name in names] or catalog:
        text = json.dumps(golden_of(effect), indent=2) + "\n"
        path = path_of(effect)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
