"""`avow chain …`: a log's contract on a network."""

from api.cli.chain.program import register

__all__ = ["register"]
