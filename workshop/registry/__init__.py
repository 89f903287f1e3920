"""A container registry, spoken to in its own HTTP API."""
