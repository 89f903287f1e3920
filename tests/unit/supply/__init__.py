"""The supply: what is decided, and what is run."""
