"""Measurements of Perenne against the limits of the machine and the database it runs on."""
