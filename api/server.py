"""Run the service: uvicorn with uvloop and httptools, one process for one data directory."""

from __future__ import annotations

from typing import Final

import uvicorn

from api.app import create_app
from api.settings import Settings

GRACE_SECONDS: Final = 20
"""How long requests may finish after SIGTERM."""
BACKLOG: Final = 2048


def configuration(settings: Settings) -> uvicorn.Config:
    """The server's configuration; no access log, since paths hold DIDs."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    uvicorn.Server(configuration(settings)).run()
