"""The effects that docs/your-own-effect.md tells people to write."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
GUIDE = (DOCS / "your-own-effect.md").read_text("utf-8")
TEMPLATE = DOCS / "effect_template.py"


def written_into(folder: Path) -> Path:
    """Follow the guide in *folder*: write its files, and copy the template under a name of its own."""
    folder.mkdir(exist_ok=True)
    for name, text in re.findall(r"`~/my-effects/(\w+\.py)`:\n\n```python\n(.*?)```", GUIDE, re.DOTALL):
        (folder / name).write_text(text, "utf-8")
    (folder / "ember.py").write_text(TEMPLATE.read_text("utf-8").replace("effect_template", "ember"), "utf-8")
    return folder


def recipe() -> bytes:
    found = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1].encode()
