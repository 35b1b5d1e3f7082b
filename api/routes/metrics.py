"""/metrics: figures for operators, for who may read them (`api.metrics.exposition`)."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.metrics import CONTENT_TYPE, Metrics, check_reader
from api.middleware.bodies import StrictRoute
from api.routes.common import Service

router = APIRouter(route_class=StrictRoute, tags=["Operation"])


@router.get("/metrics", summary="Read the service's figures", response_class=Response)
async def metrics(request: Request, core: Service) -> Response:
    """Figures in Prometheus' text format: sizes, lags, anchors, requests.

    Answered to this machine only, or at an address of its own, or not at all: see AVOW_METRICS.
    """
    check_reader(core.settings, request)
    kept: Metrics = request.app.state.metrics
    # A few milliseconds with many routes, which others need not wait for.
    return Response(await asyncio.to_thread(kept.text), headers={"Content-Type": CONTENT_TYPE})
