"""POST /token: client credentials for a short-lived access token (RFC 6749 section 4.4)."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api import problems
from api.errors import ApiError
from api.middleware.bodies import FORM, StrictRoute
from api.routes.common import OnceKey, Service, answer, may
from api.routes.models import ClientAnswer, NewClient, TokenAnswer
from api.services import access, clients
from api.services.core import Caller

router = APIRouter(route_class=StrictRoute, tags=["Access"])

FORM_SCHEMA = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {
            "type": "string",
            "description": "Scopes separated by spaces; all of the client's if absent",
        },
    },
}
MAX_FIELDS = 16


@router.post(
    "/token",
    summary="Get an access token",
    response_model=TokenAnswer,
    openapi_extra={
        "requestBody": {"required": True, "content": {FORM: {"schema": FORM_SCHEMA}}},
        "security": [{"basic": []}],
    },
)
async def token(
    request: Request,
    core: Service,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Exchange the client's id and secret (HTTP Basic) for a token of 15 minutes."""
    try:
        fields = _fields(request.scope["avow.body"])
        if fields.get("grant_type") != "client_credentials":
            raise _OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
        new = await access.issue_token(core, authorization, fields.get("scope"))
    except ApiError as error:
        return _oauth_form(request, error)
    return answer(
        {
            "access_token": new.value,
            "token_type": "Bearer",
            "expires_in": new.seconds,
            "scope": " ".join(new.scopes),
        }
    )


@router.post("/clients", status_code=201, summary="Register a client", response_model=ClientAnswer)
async def register(
    body: NewClient, core: Service, caller: Annotated[Caller, may("write:/clients")], key: OnceKey
) -> Response:
    """Make a client; its secret is in this answer and nowhere else."""
    return answer(await clients.register(core, caller, name=body.name, scopes=body.scopes, key=key), 201)


class _OAuthError(ApiError):
    """A fault of the token request in OAuth's own words."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__("request.invalid", detail, clause="RFC 6749 section 5.2")
        self.error = error


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise _OAuthError("invalid_request", "the form is not application/x-www-form-urlencoded") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _OAuthError("invalid_request", "a field is given twice")
    return fields


def _oauth_form(request: Request, error: ApiError) -> Response:
    """The problem with OAuth's `error` and `error_description` beside its own members."""
    names = {"auth.client": "invalid_client", "auth.scope": "invalid_scope"}
    name = error.error if isinstance(error, _OAuthError) else names.get(error.code)
    if name is None:
        raise error
    request.scope["avow.code"] = error.code
    status = 401 if name == "invalid_client" else 400
    problem = problems.body(
        error.code,
        status,
        error.detail,
        instance=problems.instance_of(request),
        clause=error.clause,
        remedy=error.remedy,
        members={"error": name, "error_description": error.detail},
    )
    response = problems.response(problem, getattr(error, "headers", None))
    response.headers["Content-Type"] = "application/json"  # RFC 6749 section 5.2 fixes the media type
    return response
