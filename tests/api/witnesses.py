"""Witnesses for a service under test: honest ones, and others."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx

from did.errors import DidError
from did.keys import Ed25519Signer
from did.registry.note import Cosigner
from did.registry.witness import (
    NOTHING,
    SizeConflictError,
    Witnessed,
    authenticate,
    by_origin,
    decide,
    parse_request,
)


def _nobody(_request):
    raise httpx.ConnectError("nobody")


def _conflict(size: int) -> httpx.Response:
    return httpx.Response(409, content=f"{size}\n".encode(), headers={"content-type": "text/x.tlog.size"})


UNWILLING = {
    "down": _nobody,
    "chatty": lambda _: httpx.Response(200, text="x" * 20_000),
    "redirecting": lambda _: httpx.Response(307, headers={"location": "http://elsewhere.example/"}),
    "ahead": lambda request: _conflict(request.checkpoint.size + 1000),
    "confused": lambda request: _conflict(request.old + 1),
    "refusing": lambda _: httpx.Response(500),
}
STATUS = {"witness.origin": 404, "witness.forked": 409, "witness.consistency": 422}


class FakeWitness:
    """A witness of one log, in memory; `mood` says how it behaves."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.cosigner = Cosigner(f"{name}.example/witness", Ed25519Signer(bytes((seed,)) * 32))
        self.held = NOTHING
        self.mood = "honest"
        self.keys = ()
        self.asked: list[int] = []
        self.olds: list[int] = []
        self.gate = asyncio.Event()
        self.now = lambda: 0

    @property
    def url(self) -> str:
        return f"http://{self.name}.example/witness"

    @property
    def line(self) -> str:
        return f"witness {self.name} {self.cosigner.key.text} {self.url}\n"

    async def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/witness/add-checkpoint"
        parsed = parse_request(request.content)
        self.asked.append(parsed.checkpoint.size)
        self.olds.append(parsed.old)
        if self.mood == "slow":
            await self.gate.wait()
        if self.mood in UNWILLING:
            return UNWILLING[self.mood](parsed)
        try:
            authentic = authenticate(parsed, logs=self.keys)
            accepted = decide(authentic, held=self.held, now=self.now())
        except SizeConflictError as conflict:
            return _conflict(conflict.size)
        except DidError as error:
            return httpx.Response(STATUS.get(error.code, 400))
        self.held = Witnessed(accepted.checkpoint.size, accepted.checkpoint.root)
        line = accepted.cosign(self.cosigner)
        if self.mood == "lying":
            line = replace(line, blob=line.blob[:-1] + bytes((line.blob[-1] ^ 1,)))
        if self.mood == "early":
            line = self.cosigner.cosign(accepted.note.body, now=self.now() + 3600)
        return httpx.Response(200, text=line.text)


class Witnesses:
    """Some of them behind one transport, and the policy file that names them."""

    def __init__(self, count: int = 3) -> None:
        self.all = [FakeWitness(f"w{i}", 40 + i) for i in range(count)]
        self.transport = httpx.MockTransport(self._answer)

    def __getitem__(self, at: int) -> FakeWitness:
        return self.all[at]

    def policy(self, quorum: str) -> str:
        return "".join(witness.line for witness in self.all) + quorum

    def serve(self, avow) -> None:
        """Let all know the keys and the clock of the service that will ask."""
        signers = avow.core.registry._notes.signers
        for witness in self.all:
            witness.keys = by_origin(signer.key for signer in signers)
            witness.now = avow.core.system.seconds

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        found = next(witness for witness in self.all if request.url.host == f"{witness.name}.example")
        return await found.answer(request)
