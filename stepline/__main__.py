"""`python -m stepline` is the same as `stepline`."""

import sys

from stepline.start.commands import main

if __name__ == "__main__":
    sys.exit(main())
