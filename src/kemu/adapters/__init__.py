"""The Python clients of Kubernetes, talking to a cluster in this process instead of to a socket: see `mocking.py`."""
