"""Users in PostgreSQL, through SQLAlchemy."""
