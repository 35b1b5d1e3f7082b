"""Routes where the framework's own work would cost more than what they do.

A `HotRoute` is declared as any other, so it is described in /docs as any other; a request goes straight to
its endpoint.

Invariants:
- who is let in, what is refused and in which words is as on every other route: the same token and scopes, the
  same model of the body, the same problems. `tests/api/test_hot_route.py` compares the two.
- the endpoint takes `body`, `core` and `caller`, in that order; nothing else of the request reaches it.

Not here: bounds, decoding, security headers and figures, which are layers around all routes.
"""

# Not `from __future__ import annotations`: FastAPI reads the annotations of routes.

from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from api.middleware.bodies import StrictRoute
from api.routes.common import admitted
from api.routes.signed_bodies import SignedBody

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send


class HotRoute(StrictRoute):
    """Calls its endpoint with body, core and caller, and with nothing in between."""

    def __init__(self, path: str, endpoint: Any, **settings: Any) -> None:  # noqa: ANN401  as the framework's
        super().__init__(path, endpoint, **settings)
        hints = get_type_hints(endpoint, include_extras=True)
        self._model: type[BaseModel] = hints["body"]
        self._scopes: tuple[str, ...] = tuple(hints["caller"].__metadata__[0].scopes)
        self._member = next(iter(self._model.model_fields))

    async def handle(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request (ASGI)."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        core = scope["app"].state.core
        caller = admitted(core, scope, _authorization(scope), self._scopes)
        body = self._checked(self._value(scope))
        response: Response = await self.endpoint(body, core, caller)
        await response(scope, receive, send)

    def _value(self, scope: "Scope") -> object:
        media_type = scope.get("avow.signed")
        if media_type is None:
            return scope["avow.json"]
        return SignedBody(media_type, scope["avow.body"], scope["query_string"]).as_json(self._member)

    def _checked(self, value: object) -> BaseModel:
        try:
            return self._model.model_validate(value, from_attributes=True)  # as the framework does
        except ValidationError as error:
            faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
            raise RequestValidationError(faults) from None


def _authorization(scope: "Scope") -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            text: str = value.decode("latin-1")
            return text
    return None
