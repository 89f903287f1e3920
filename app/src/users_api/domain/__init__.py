"""What a user is, who may do what, and what can go wrong. Knows nothing of HTTP or SQL."""
