"""The core group, `v1`: pods and what they are made of, nodes, services, volumes, configuration."""

from .config import *  # noqa: F403
from .container import *  # noqa: F403
from .event import *  # noqa: F403
from .node import *  # noqa: F403
from .persistent import *  # noqa: F403
from .placement import *  # noqa: F403
from .pod import *  # noqa: F403
from .quota import *  # noqa: F403
from .reference import *  # noqa: F403
from .replication import *  # noqa: F403
from .security import *  # noqa: F403
from .service import *  # noqa: F403
from .volume import *  # noqa: F403

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"
