"""`python -m gate` is the command `gate`."""

import sys

from gate.cli import main

sys.exit(main())
