"""What a controller is made of: a client, a cache, a work queue, and wiring that reads as a sentence.

A controller built with this kit has the shape of one of controller-runtime or client-go: it reads its cache, decides
with a pure function, and writes what differs. `docs/architecture.md` shows the life of a reconcile.
"""

from .cache import Cache, Informer
from .client import Client
from .process import Api, Process
from .recorder import EventRecorder
from .wiring import DONE, Later, Result, Spec, Wiring, key_of, split

__all__ = [
    "DONE",
    "Api",
    "Cache",
    "Client",
    "EventRecorder",
    "Informer",
    "Later",
    "Process",
    "Result",
    "Spec",
    "Wiring",
    "key_of",
    "split",
]
