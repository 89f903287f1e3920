"""Where every bit comes from: the engine, the tools, the images.

supply.ensure()            # every tool and image of versions.toml in place
supply.tool_path("kind")   # where one of them is
supply.publish_mirrors()   # the cluster's images in the local registry
"""

from workshop.supply.run import Item, cert_manager_is_there, ensure, kargo_is_real, publish_mirrors
from workshop.supply.tools import tool_path

__all__ = [
    "Item",
    "cert_manager_is_there",
    "ensure",
    "kargo_is_real",
    "publish_mirrors",
    "tool_path",
]
