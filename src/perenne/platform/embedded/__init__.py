"""The database that comes with Perenne, and the local processes beside it."""
