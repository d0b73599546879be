"""Django's PostgreSQL backend, without indexes that our databases never use."""
