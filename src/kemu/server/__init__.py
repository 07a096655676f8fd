"""kemu on real sockets. Threads, event loops and sockets live here and nowhere else."""

from ..values.late import late

LOOPBACK = "127.0.0.1"

late(__name__, "certificates", "channels", "serving", "tunnels")
