"""A member's renewal dates for calendar programs: a secret address, and what it gives."""
