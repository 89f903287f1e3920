"""Where every bit comes from: the tools, the images, what their makers publish.

supply.ensure()            # every tool and image of versions.toml in place
supply.publish_mirrors()   # the cluster's images in the local registry
"""

from workshop.supply.run import cert_manager_is_there, ensure, kargo_is_real, publish_mirrors

__all__ = ["cert_manager_is_there", "ensure", "kargo_is_real", "publish_mirrors"]
