"""The application: routes under three layers of plain ASGI, with the service running for its lifetime."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from api import logs, openapi, problems
from api.metrics import Metrics
from api.middleware.bodies import StrictBodies
from api.middleware.limits import Limits
from api.middleware.observe import Observe
from api.routes import (
    batches,
    credentials,
    dids,
    evidence,
    health,
    issuers,
    log,
    metrics,
    oauth,
    pages,
    parties,
    presentations,
    resolution,
    revocation,
    schemas,
    signed_bodies,
    status,
    witness,
)
from api.services.health import Health
from api.services.startup import running
from api.system import System

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Lifespan

    from api.settings import Settings

ROUTERS = (
    credentials.hot,  # first: what is asked most is found first
    presentations.hot,
    pages.router,
    oauth.router,
    dids.router,
    resolution.router,
    log.router,
    witness.router,
    evidence.router,
    issuers.router,
    schemas.router,
    batches.router,
    credentials.router,
    presentations.router,
    status.router,
    revocation.router,
    parties.router,
    health.router,
    metrics.router,
)
FORMS = frozenset({"/token"})
TEXTS = frozenset({"/witness/add-checkpoint"})


def create_app(settings: Settings, system: System | None = None) -> FastAPI:
    """Make the application; the data directory is taken when it starts and given back when it stops."""
    logs.configure(settings.log_level)
    return build_app(settings, system or System(), lifespan=start)


@asynccontextmanager
async def start(app: FastAPI) -> AsyncIterator[None]:
    """Run the service behind `app` for as long as the context lasts."""
    async with running(app.state.settings, app.state.system) as core:
        app.state.core = core
        app.state.health = Health()
        app.state.metrics.attach(core, app.version)
        yield


def build_app(settings: Settings, system: System, *, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Put routes, problems and middleware together; nothing runs yet."""
    app = FastAPI(
        title="Avow",
        version=_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # The framework's own telemetry would record bodies and messages of errors.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.system = system
    app.state.metrics = Metrics()
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    openapi.install(app)
    # The last one added is the outermost.
    app.add_middleware(StrictBodies, forms=FORMS, texts=TEXTS, signed=signed_bodies.TAKEN)
    app.add_middleware(Limits, in_flight=settings.requests_in_flight, seconds=settings.request_seconds)
    app.add_middleware(
        Observe,
        public_url=settings.public_url,
        random_bytes=system.random_bytes,
        times=app.state.metrics.requests,
    )
    return app


def _version() -> str:
    try:
        return version("avow")
    except PackageNotFoundError:
        return "0.1.0"
