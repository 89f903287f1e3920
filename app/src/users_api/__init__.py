"""Users of the image promotion workshop.

Layers, from the outside in: ``api`` (HTTP) → ``services`` (what the application does) → ``domain`` (what a
user is), with ``storage`` (PostgreSQL) behind the protocol that the domain asks for.
"""
