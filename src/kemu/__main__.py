"""The `kemu` command, which `python -m kemu` is as well."""

import sys


def command() -> int:
    """Run the command line of this process; who interrupts it while it is still being loaded is understood, too."""
    try:
        from .cli import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(command())
