"""The group `avow chain`: its commands, in the order in which an operator meets them."""

from __future__ import annotations

import typer

from api.cli.chain import deploying, roles, showing

app = typer.Typer(
    no_args_is_help=True,
    help="Bring a log's contract onto a network, look at it, hand over its roles, stop it.",
)
deploying.register(app)
showing.register(app)
roles.register(app)


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(app, name="chain", rich_help_panel="Operation")
