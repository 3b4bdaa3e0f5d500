"""``python -m archer`` is the command ``archer``."""

import sys

from archer.cli import main

if __name__ == "__main__":
    sys.exit(main())
