"""/livez and /readyz, without authentication and with little to say."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import problems
from api.middleware.bodies import StrictRoute
from api.routes.common import Service, answer
from api.services import health

router = APIRouter(route_class=StrictRoute, tags=["Operation"])


@router.get("/livez", summary="Does the process live?")
async def livez() -> Response:
    """Answer as long as the process does."""
    return answer({"status": "ok"})


@router.get("/readyz", summary="Is the service ready?")
async def readyz(request: Request, core: Service) -> Response:
    """Probe store, schema, log, checkpoint signer and chain; 503 where one of them is not well."""
    checks = await health.ready(core, request.app.state.health)
    if all(value == "ok" for value in checks.values()):
        return answer({"status": "ok", "checks": checks})
    failing = [name for name, value in checks.items() if value != "ok"]
    request.scope["avow.code"] = "service.not-ready"
    problem = problems.body(
        "service.not-ready",
        503,
        f"not ready: {', '.join(failing)}",
        instance=problems.instance_of(request),
        remedy="See the checks; the log of the service says more.",
        members={"checks": checks},
    )
    return problems.response(problem)
