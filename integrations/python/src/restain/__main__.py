"""`python -m restain`."""

import sys

from .cli import main

sys.exit(main())
