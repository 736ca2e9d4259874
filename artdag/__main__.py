"""``python -m artdag``."""

import sys

from artdag.cli import main

sys.exit(main(sys.argv[1:]))
