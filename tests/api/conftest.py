"""The real application over ASGI, with a real database in a temporary directory."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import httpx
import pytest

from api.app import create_app, start
from api.settings import Settings
from api.system import System


class Clock:
    """A clock that tests set; it goes on by itself only if asked."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.offset, UTC)


class World:
    """A running service, its client, and its clock."""

    def __init__(self, app, client, settings, clock) -> None:
        self.app = app
        self.client = client
        self.settings = settings
        self.clock = clock
        self.tokens: dict[str, str] = {}

    @property
    def core(self):
        return self.app.state.core

    @property
    def bootstrap(self) -> tuple[str, str]:
        found = json.loads(self.settings.bootstrap_path.read_text())
        return found["client_id"], found["client_secret"]

    async def token(self, scope: str | None = None, auth: tuple[str, str] | None = None) -> str:
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        answer = await self.client.post("/token", data=form, auth=auth or self.bootstrap)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    async def headers(self) -> dict[str, str]:
        if "all" not in self.tokens:
            self.tokens["all"] = await self.token()
        return {"Authorization": f"Bearer {self.tokens['all']}"}

    async def call(
        self, method: str, path: str, body=None, *, status: int | None = None, headers=None, **more
    ):
        everything = {**(await self.headers()), **(headers or {})}
        answer = await self.client.request(method, path, json=body, headers=everything, **more)
        if status is not None:
            assert answer.status_code == status, answer.text
        return answer

    async def post(self, path: str, body=None, *, status: int = 200, **more):
        return (await self.call("POST", path, body, status=status, **more)).json()

    async def put(self, path: str, body=None, *, status: int = 200, **more):
        return (await self.call("PUT", path, body, status=status, **more)).json()


@contextlib.asynccontextmanager
async def world(data, **settings):
    """A running service in `data`."""
    clock = Clock()
    values = {
        "data": data,
        "chain": "memory",
        "seal_interval_ms": 20,
        "anchor_interval_ms": 20,
        "log_level": "error",
    }
    made = Settings.checked({**values, **settings})
    app = create_app(made, System(now=clock.now))
    async with start(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=made.public_url) as client:
            yield World(app, client, made, clock)


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"
