"""The command line: a client of the service over HTTP, and a few commands that work on files alone."""

from api.cli.program import main

__all__ = ["main"]
