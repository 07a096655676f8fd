"""HTTP to requests and back: the REST API of the server, in process.

A call comes in as method, target, headers and body. `places` says what its path names, `routes` who answers it,
`negotiation` in which form, `options` what its query asks for, `bodies` what it carries; `verbs` makes a `Request` of
all that, hands it to the server's one door, and writes the answer (`answers`, `streams`). `service` holds it together.
"""

from .exchange import Asked, Response, World
from .service import Rest

__all__ = ["Asked", "Response", "Rest", "World"]
