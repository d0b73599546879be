"""Lets ``python -m perenne.cli`` be the same as ``perenne``."""

from perenne.cli.main import main

main()
