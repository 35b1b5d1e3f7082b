"""Run the service: uvicorn with uvloop and httptools, one process for one data directory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from typing import TYPE_CHECKING, Final

import uvicorn
import uvloop

from api import logs
from api.app import build_app, start
from api.errors import ApiError
from api.logs import logger
from api.metrics import MetricsOnly
from api.protocol import BoundedHeads
from api.system import System

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from api.metrics import Metrics
    from api.settings import Settings

GRACE_SECONDS: Final = 20
"""How long requests may finish after SIGTERM."""
BACKLOG: Final = 2048


class _Server(uvicorn.Server):
    """A server that ends on SIGINT and SIGTERM and leaves the process to close the rest in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let both signals ask for the end; a second SIGINT forces it."""
        loop = asyncio.get_running_loop()
        caught = (signal.SIGINT, signal.SIGTERM)
        for number in caught:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the main one."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; codes `serve.address` and those of `api.services.startup`."""
    logs.configure(settings.log_level)
    os.umask(0o077)  # databases too are nobody else's, even in a directory that others may enter
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(settings.host, settings.port, "AVOW_PORT"))
        address = settings.metrics_address
        figures = stack.enter_context(_listen(*address, "AVOW_METRICS")) if address else None
        uvloop.run(_serve(settings, listener, figures))


async def _serve(settings: Settings, listener: socket.socket, figures: socket.socket | None) -> None:
    app = build_app(settings, System())
    async with start(app), _figures(app.state.metrics, figures):
        logger.info("serve.ready", url=settings.public_url)
        await _Server(_configuration(app)).serve(sockets=[listener])
    logger.info("serve.stopped")


@contextlib.asynccontextmanager
async def _figures(metrics: Metrics, listener: socket.socket | None) -> AsyncIterator[None]:
    """Serve /metrics alone on a listener of its own, if there is one."""
    if listener is None:
        yield
        return
    server = _Quiet(_configuration(MetricsOnly(metrics)))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="metrics")
    try:
        yield
    finally:
        server.should_exit = True
        await task


def _configuration(app: object) -> uvicorn.Config:
    """No access log, since paths hold DIDs; no lifespan, since it runs around the server."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=BoundedHeads,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ApiError(
            "serve.address",
            f"cannot listen on {host} port {port}: {error.strerror}",
            remedy=f"Stop what listens there, or choose another {setting}.",
        ) from None
