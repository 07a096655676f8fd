"""`python -m kemu`: the same as the `kemu` command."""

import sys

from .cli import main

sys.exit(main())
