"""Problem details (RFC 9457) for everything that goes wrong, from one table of codes.

Invariants:
- Every error answer is `application/problem+json` with a stable `code`, and its `instance` is the request id.
- What the caller sent is never echoed; what we did not foresee is 500 without any detail.
- A code that the table does not name is the caller's fault (400) when the domain raised it, ours (500) when
  the service did.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import ApiError, RefusedError
from credentials.errors import CredentialError
from did.errors import DidError
from schemas.errors import SchemasError
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

DomainError = DidError | CredentialError | SchemasError | ZkError
MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "https://avow.example/problems/"
MAX_FAULTS: Final = 20
"""Validation faults listed in one answer."""
RETRY_SECONDS: Final = "1"

STATUS: Final[Mapping[str, int]] = {
    # Transport and form
    "request.body-missing": 400,
    "request.invalid": 400,
    "request.unknown-option": 400,
    "request.malformed": 400,
    "request.not-found": 404,
    "request.method": 405,
    "request.not-acceptable": 406,
    "request.slow": 408,
    "request.too-large": 413,
    "request.head-too-large": 431,
    "request.media-type": 415,
    "json.too-large": 413,
    # Who asks
    "auth.missing": 401,
    "auth.token": 401,
    "auth.client": 401,
    "auth.scope": 403,
    # What is asked for
    "did.unknown": 404,
    "did.exists": 409,
    "did.conflict": 409,
    "did.deactivated": 409,
    "did.history-missing": 503,
    "did.key-unknown": 404,
    "did.keys-elsewhere": 409,
    "evidence.unknown": 404,
    "evidence.erased": 410,
    "evidence.digest": 400,
    "issuer.unknown": 404,
    "issuer.key-missing": 409,
    "issuer.revocable": 400,
    "issuer.feature": 400,
    # Offers, and who is enrolled
    "offer.unknown": 404,
    "offer.used": 409,
    "offer.expired": 410,
    "offer.limit": 429,
    "offer.profile": 409,
    "enrolment.other-tag": 409,
    "enrolment.other-person": 409,
    "batch.unknown": 404,
    "batch.erased": 410,
    "batch.cancelled": 409,
    "batch.closed": 409,
    "batch.cursor": 400,
    "batch.rows": 409,
    "batch.row-mismatch": 422,
    "batch.limit": 429,
    "policy.unknown": 400,
    "schema.conflict": 409,
    "schema.deprecated": 409,
    "schema.no-context": 404,
    "schema.no-credential": 404,
    "schema.not-found": 404,
    "schema.profile": 409,
    "schema.taken": 409,
    "status.unknown": 404,
    "status.list-unknown": 404,
    "status.final": 409,
    "status.purpose": 400,
    "status.historical": 501,
    "revocation.list-unknown": 404,
    "revocation.epoch-unknown": 404,
    "revocation.epoch-past": 410,
    "revocation.page-unknown": 404,
    "revocation.unreachable": 503,
    "parameters.unknown": 404,
    "log.entry": 404,
    "log.tile": 404,
    "log.tile-path": 400,
    "log.unsealed": 404,
    # A witness's answers (C2SP tlog-witness); the body of `witness.conflict` is the route's
    "witness.malformed": 400,
    "witness.old-size": 400,
    "witness.signature": 403,
    "witness.unsigned": 403,
    "witness.origin": 404,
    "witness.conflict": 409,
    "witness.forked": 409,
    "witness.consistency": 422,
    # Of witnesses that this service asks; logged, never an answer
    "witness.ahead": 503,
    "witness.answer": 503,
    "witness.refused": 503,
    "witness.unreachable": 503,
    "chain.no-rpc": 404,
    "metrics.off": 404,
    "metrics.elsewhere": 403,
    "idempotency.mismatch": 422,
    "idempotency.key": 400,
    "scope.unknown": 400,
    # The challenge of a presentation
    "challenge.unknown": 400,
    "challenge.used": 400,
    "challenge.expired": 400,
    "challenge.domain": 400,
    # Fetching what the caller, or a document of theirs, names
    "egress.url": 400,
    "egress.scheme": 400,
    "egress.userinfo": 400,
    "egress.host": 400,
    "egress.port": 400,
    "egress.address": 400,
    "egress.redirect": 422,
    "egress.not-found": 422,
    "egress.status": 422,
    "egress.media-type": 422,
    "egress.encoding": 422,
    "egress.too-large": 422,
    "egress.unresolved": 503,
    "egress.unreachable": 503,
    "egress.deadline": 503,
    # The service itself
    "service.busy": 503,
    "service.timeout": 503,
    "service.stopping": 503,
    "service.not-ready": 503,
    "store.failed": 503,
    "chain.answer": 503,
    "chain.code-mismatch": 503,
    "chain.disagreement": 503,
    "chain.proof": 503,
    "chain.reorganised": 503,
    "chain.rpc": 503,
    "chain.unavailable": 503,
    # Ours, and never told in detail: the request was good
    "internal.error": 500,
    "log.missing": 500,
    "log.note-missing": 500,
    "log.tile-hash": 500,
    "map.page": 500,
    "revocation.stored": 500,
    "keys.missing": 500,
    "keys.unwrap": 500,
}

TYPES: Final[Mapping[str, str]] = {
    "request.unknown-option": "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED",
}
"""Where a text names the type of a problem; all others have an address of ours."""

TITLES: Final[Mapping[str, str]] = {
    "auth": "Not authenticated or not allowed",
    "batch": "The batch cannot take this",
    "bbs-2023": "The bbs-2023 proof does not hold",
    "binding": "The presentation cannot be bound to its verifier",
    "cbor": "The CBOR is not acceptable",
    "challenge": "The challenge cannot be used",
    "bbs-predicates-2026": "The bbs-predicates-2026 proof does not hold",
    "claims": "The claims are not those that the schema types",
    "composite": "The composite proof is not acceptable",
    "commitment": "The commitment is not acceptable",
    "context": "A context is not acceptable",
    "cose": "The signed bytes are not acceptable",
    "credential": "The credential is not acceptable",
    "derive": "Nothing can be derived from the credential as asked",
    "did": "The DID cannot be served",
    "ecdsa-sd-2023": "The ecdsa-sd-2023 proof does not hold",
    "egress": "The address cannot be fetched",
    "enrolment": "The person is enrolled otherwise",
    "envelope": "The envelope is not acceptable",
    "evidence": "The evidence is not acceptable, or not there",
    "expression": "The expression is not acceptable",
    "form": "The form is not one that is read here",
    "history": "The history is not acceptable",
    "holder": "The holder is not acceptable",
    "idempotency": "The Idempotency-Key was used for something else",
    "internal": "Something went wrong here",
    "issue": "The credential cannot be issued so",
    "issuer": "The issuer is not acceptable",
    "json": "The JSON is not acceptable",
    "jws": "The signed text is not acceptable",
    "key": "The key is not acceptable",
    "key-binding": "The holder's key binding does not hold",
    "log": "The log cannot answer",
    "metrics": "The figures are not shown here",
    "model": "The document breaks the data model",
    "offer": "The offer cannot be answered",
    "path": "The path leads nowhere",
    "pointer": "The pointer leads nowhere",
    "policy": "The policy is not acceptable, or not met",
    "predicates": "What was to be proven does not hold",
    "presentation": "The presentation is not acceptable",
    "proof": "The proof does not hold",
    "query": "The presentation does not answer what was asked",
    "rdf": "The document says something that RDF cannot hold as it is written",
    "registry": "The registry does not vouch for it as far as asked",
    "parameters": "The published parameters are not there",
    "request": "The request is not acceptable",
    "resolution": "The DID cannot be resolved",
    "revocation": "The revocation list is not acceptable, or not there",
    "schema": "The claims do not follow the schema, or it is not acceptable, or not there",
    "sd-jwt": "The SD-JWT is not acceptable",
    "sd-jwt-vc": "The SD-JWT VC is not acceptable",
    "sector": "The domain names no host",
    "secured": "The secured document is not acceptable",
    "service": "The service cannot take this now",
    "status": "The status is not acceptable",
    "store": "The store cannot take this now",
    "witness": "The checkpoint is not cosigned",
}


def status_of(error: ApiError | DomainError) -> int:
    """The HTTP status of an error's code."""
    known = STATUS.get(error.code)
    if known is not None:
        return known
    return 500 if type(error) is ApiError else 400


def body(
    code: str,
    status: int,
    detail: str,
    *,
    instance: str,
    clause: str = "",
    remedy: str = "",
    members: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The members of one problem."""
    problem: dict[str, object] = {
        "type": TYPES.get(code) or TYPE_BASE + code.replace(".", "/"),
        "title": TITLES.get(code.partition(".")[0]) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": instance,
    }
    if clause:
        problem["clause"] = clause
    if remedy:
        problem["remedy"] = remedy
    for name, value in (members or {}).items():
        problem.setdefault(name, value)
    return problem


def response(problem: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem."""
    status = int(str(problem["status"]))
    extra = {"Cache-Control": "no-store", **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", RETRY_SECONDS)
    return Response(orjson.dumps(dict(problem)), status, headers=extra, media_type=MEDIA_TYPE)


def from_error(error: ApiError | DomainError, instance: str) -> Response:
    """The answer to an error of ours."""
    status = status_of(error)
    members: Mapping[str, object] = {}
    headers: Mapping[str, str] = {}
    if isinstance(error, RefusedError):
        members, headers = error.members, error.headers
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal(instance)
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": 'Bearer realm="avow"', **headers}
    problem = body(
        error.code,
        status,
        error.detail,
        instance=instance,
        clause=error.clause,
        remedy=error.remedy,
        members=members,
    )
    return response(problem, headers)


def as_json(error: ApiError | DomainError) -> dict[str, object]:
    """An error of ours as problem details that stand in a larger answer."""
    members = error.members if isinstance(error, RefusedError) else {}
    found = body(
        error.code,
        status_of(error),
        error.detail,
        instance="",
        clause=error.clause,
        remedy=error.remedy,
        members=members,
    )
    del found["instance"]
    return found


def internal(instance: str) -> Response:
    """The answer to what nobody foresaw."""
    return response(
        body(
            "internal.error",
            500,
            "The service failed at something it should not fail at.",
            instance=instance,
            remedy="Quote the instance to the operator of this service.",
        )
    )


def instance_of(request: Request) -> str:
    """The request's id as a URN."""
    return str(request.scope.get("avow.instance", "urn:uuid:00000000-0000-0000-0000-000000000000"))


def install(app: FastAPI) -> None:
    """Let `app` answer every known error by the table."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError | DomainError)
        request.scope["avow.code"] = error.code
        return from_error(error, instance_of(request))

    for kind in (ApiError, DidError, CredentialError, SchemasError, ZkError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = []
    for fault in error.errors()[:MAX_FAULTS]:
        where, *path = fault["loc"] or ("request",)
        faults.append({"in": str(where), "pointer": _pointer(path), "detail": _say(fault)})
    first = faults[0]
    missing = any(f["type"] == "missing" and f["loc"] == ("body",) for f in error.errors())
    code = "request.body-missing" if missing else "request.invalid"
    if any(
        f["type"] == "extra_forbidden" and tuple(f["loc"][:2]) == ("body", "options") for f in error.errors()
    ):
        code = "request.unknown-option"
    request.scope["avow.code"] = code
    detail = f"{first['in']} {first['pointer'] or 'as a whole'}: {first['detail']}"
    problem = body(
        code,
        400,
        detail,
        instance=instance_of(request),
        remedy="Compare the request with /docs.",
        members={"errors": faults},
    )
    return response(problem)


def _is_unknown_option(fault: Mapping[str, Any]) -> bool:
    return fault["type"] == "extra_forbidden" and tuple(fault["loc"][:2]) == ("body", "options")


def _pointer(path: list[object]) -> str:
    """A JSON pointer to the fault; names that are long or odd are the caller's and stay out."""
    shown = [str(part) if len(str(part)) <= 40 and str(part).isprintable() else "…" for part in path]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in shown)


def _say(fault: Mapping[str, object]) -> str:
    """The fault in words that hold nothing of the input."""
    kind = str(fault.get("type", ""))
    if kind in {"value_error", "assertion_error"}:
        return str(fault.get("msg", "")).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return "this member is not known here"
    return str(fault.get("msg", "is not acceptable"))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    names = {404: "request.not-found", 405: "request.method", 406: "request.not-acceptable"}
    code = names.get(error.status_code, "request.malformed" if error.status_code < 500 else "internal.error")
    request.scope["avow.code"] = code
    details = {
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
    }
    problem = body(
        code,
        error.status_code,
        details.get(error.status_code, HTTPStatus(error.status_code).description or "Refused."),
        instance=instance_of(request),
        remedy="The addresses and methods are listed at /docs.",
    )
    return response(problem, dict(error.headers or {}))
