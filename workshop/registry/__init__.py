"""A container registry, spoken to in its own HTTP API.

registry.local().tags("image-promotion-backend")
"""

from workshop.registry.client import Manifest, Registry, local, repository_and_reference

__all__ = ["Manifest", "Registry", "local", "repository_and_reference"]
