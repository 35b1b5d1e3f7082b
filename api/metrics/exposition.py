"""`/metrics`: the text that Prometheus reads, and who may read it.

Checklist for the service's own port (`AVOW_METRICS=loopback`), in this order:
1. the setting is `loopback` (`metrics.off`, `metrics.elsewhere`)
2. the public URL names this machine: otherwise something forwards strangers' requests from here, and a peer
   on the loopback interface shows nothing (`metrics.elsewhere`)
3. the request was not forwarded, its peer is on the loopback interface, and it names this machine: a page in
   a browser can be made to send requests here under another name (`metrics.elsewhere`)

A listener of its own (`AVOW_METRICS=ADDRESS:PORT`) answers whoever reaches it.

Invariants: each service has its own registry; nothing is registered in the library's global one.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import PlainTextResponse, Response

from api.errors import ApiError
from api.metrics.figures import Figures
from api.metrics.requests import RequestTimes
from api.settings import LOOPBACK_NAMES, METRICS_LOOPBACK, METRICS_OFF

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from api.services.core import Core
    from api.settings import Settings

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
PATH: Final = "/metrics"
FORWARDING: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self.requests = RequestTimes()
        self._registry = CollectorRegistry()
        self._registry.register(self.requests)
        ProcessCollector(registry=self._registry)

    def attach(self, core: Core, version: str) -> None:
        """Show the figures of a running service, too."""
        self._registry.register(Figures(core, version))

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)


class MetricsOnly:
    """The application behind a listener of its own: /metrics and nothing else (ASGI)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer: Response = PlainTextResponse(f"only {PATH} is here\n", 404)
        if scope["path"] == PATH and scope["method"] in {"GET", "HEAD"}:
            answer = Response(self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})
        await answer(scope, receive, send)


def check_reader(settings: Settings, request: Request) -> None:
    """Refuse who may not read the figures at the service's own port; see the module's checklist."""
    if settings.metrics == METRICS_OFF:  # 1
        raise ApiError("metrics.off", "AVOW_METRICS is off", remedy="Set it to loopback, or to ADDRESS:PORT.")
    if settings.metrics != METRICS_LOOPBACK:
        raise _elsewhere("the figures have a listener of their own", "Ask at the address in AVOW_METRICS.")
    if not settings.local:  # 2
        raise _elsewhere(
            "this service has a public name, so who asks at this port can be anybody",
            "Set AVOW_METRICS to an address and a port that only your Prometheus reaches.",
        )
    forwarded = any(name in request.headers for name in FORWARDING)  # 3
    named = request.url.hostname in LOOPBACK_NAMES
    if forwarded or not named or request.client is None or not _is_loopback(request.client.host):
        raise _elsewhere("the figures are for this machine", "Ask from here, without a proxy.")


def _elsewhere(detail: str, remedy: str) -> ApiError:
    return ApiError("metrics.elsewhere", detail, remedy=remedy)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
