"""kemu on real sockets. Threads, event loops and sockets live here and nowhere else."""
