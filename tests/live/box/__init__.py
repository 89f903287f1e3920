"""A small internet inside a network namespace without a way out: publishers and registries under their real names."""
