"""The parts of the fake container runtime: behaviours, the shell subset, and the machine that runs it.

`kemu.runtime_fake` puts them behind a CRI-shaped interface. Nothing here knows what a Pod is.
"""

from ..values.late import late

late(__name__, "agnhost_servers", "executing", "http_text", "listing", "machine", "pages", "sessions", "volumes")
