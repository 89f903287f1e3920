"""What a user is, and what can go wrong with one. Knows nothing of HTTP or SQL."""
