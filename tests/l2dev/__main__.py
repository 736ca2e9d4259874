"""Start the registry: ``python -m tests.l2dev --help``."""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from tests.l2dev.app import create_l2
from tests.l2dev.config import parsed


def main() -> None:
    given = [*os.environ.get("L2DEV", "").split(), *sys.argv[1:]]
    config = parsed(given)
    parts = urlsplit(config.origin)
    server = make_server(parts.hostname or "127.0.0.1", parts.port or 8200, create_l2(config), threaded=True)
    names = ", ".join(f"{name} (password {password})" for name, password in config.accounts)
    print(
        f"  registry      {config.origin}\n  accounts      {names}\n  renderers     {', '.join(config.renderers)}",
        flush=True,
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
