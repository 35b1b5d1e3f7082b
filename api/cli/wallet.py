"""`avow wallet …`: placeholder."""

from __future__ import annotations
import typer

app = typer.Typer()


def register(parent: typer.Typer) -> None:
    """Hang."""
