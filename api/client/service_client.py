"""The service as the command line and the journey see it: typed errors, time-outs, bounded answers.

A token is asked for when a call first needs its scope and is kept in this object's memory only. Answers are
read up to a limit and through the strict decoder; a problem document becomes `RefusedError` with the
service's own code. Redirects are not followed: they would carry the token elsewhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import httpx

from api.client.connection import is_loopback
from api.client.failures import LocalError, RefusedError, UnreachableError
from did import jsontext
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.client.connection import Client
    from did.types import JsonObject, JsonValue

# An evidence bundle may have 8 MiB, and stands inside a resolution result.
MAX_ANSWER_BYTES = 12 * 1024 * 1024
# Connecting is quick or hopeless; an answer may wait for a batch to be sealed or a derivation to run.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# Ask for a new token this long before the old one ends, so that none ends on its way.
_TOKEN_MARGIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    ends: float


class ServiceClient:
    """One service, called as one client."""

    def __init__(
        self, url: str, client: Client | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.client = client
        self._tokens: dict[str, _Token] = {}
        # A proxy of the environment must not stand between this machine and itself.
        self._http = httpx.Client(
            base_url=self.url,
            timeout=TIMEOUT,
            trust_env=not is_loopback(url),
            transport=transport,
            headers={"user-agent": "avow-cli"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the tokens and close the connections."""
        self._tokens.clear()
        self._http.close()

    def as_client(self, client: Client) -> ServiceClient:
        """Give the same service as seen by another client."""
        return ServiceClient(self.url, client)

    def get(self, path: str, *, accept: str = "application/json", scope: str = "") -> JsonObject:
        """Fetch a JSON object, with a token if a scope is named."""
        return self._object(self._send("GET", path, headers={"accept": accept} | self._bearer(scope)))

    def text(self, path: str) -> str:
        """Fetch a public text."""
        try:
            return self._send("GET", path, headers={}).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._no_answer(f"{path} is not UTF-8") from error

    def find(self, path: str) -> bytes | None:
        """Fetch a public file, or nothing where there is none."""
        try:
            return self._send("GET", path, headers={})
        except RefusedError as error:
            if error.status == 404:
                return None
            raise

    def read(self, path: str, *, scope: str) -> bytes:
        """Fetch what is not one JSON object, as it is."""
        return self._send("GET", path, headers=self._bearer(scope))

    def stream(self, path: str, *, scope: str, last: str) -> Iterator[str]:
        """Read an event stream line by line, from the event `last` on, for as long as it goes on."""
        headers = {"accept": "text/event-stream", "last-event-id": last} | self._bearer(scope)
        try:
            with self._http.stream("GET", path, headers=headers) as response:
                if response.status_code >= 300:
                    raise self._refused(response.status_code, response.read()[:MAX_ANSWER_BYTES])
                yield from response.iter_lines()
        except httpx.TransportError as error:
            raise UnreachableError(
                "service.unreachable", f"the stream from {self.url}{path} broke off"
            ) from error

    def post(self, path: str, body: Mapping[str, object], *, scope: str = "", once: str = "") -> JsonObject:
        """Post a JSON object, with a token if a scope is named, under an Idempotency-Key if one is given."""
        return self._object(self._write("POST", path, body, scope, once=once))

    def post_file(self, path: str, content: bytes, *, scope: str) -> JsonObject:
        """Post a JSON document byte for byte."""
        headers = {"accept": "application/json", "content-type": "application/json"} | self._bearer(scope)
        return self._object(self._send("POST", path, headers=headers, content=content))

    def put(self, path: str, body: Mapping[str, object], *, scope: str) -> JsonObject:
        """Put a JSON object."""
        return self._object(self._write("PUT", path, body, scope))

    def delete(self, path: str, *, scope: str) -> JsonObject:
        """Delete what is at an address."""
        headers = {"accept": "application/json"} | self._bearer(scope)
        return self._object(self._send("DELETE", path, headers=headers))

    def rpc(self, method: str, params: Sequence[object], *, path: str = "/chain/rpc") -> JsonValue:
        """Read from a chain over JSON-RPC."""
        request: dict[str, object] = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = self.post(path, request)
        failure = answer.get("error")
        if isinstance(failure, dict):
            raise self._no_answer(f"{method}: {failure.get('message')}")
        return answer.get("result")

    def require_client(self) -> Client:
        """Give the client that calls are made as; code `client.missing` where there is none."""
        if self.client is None:
            raise LocalError(
                "client.missing",
                f"no client is known for {self.url}",
                remedy="work where `avow run` or `avow serve` keeps ./data, or set AVOW_DATA to it; "
                "elsewhere set AVOW_CLIENT_FILE to your client's file",
            )
        return self.client

    def _write(self, method: str, path: str, body: object, scope: str, *, once: str = "") -> bytes:
        headers = {"accept": "application/json"} | self._bearer(scope)
        headers |= {"idempotency-key": once} if once else {}
        return self._send(method, path, headers=headers, json=body)

    def _bearer(self, scope: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token(scope)}"} if scope else {}

    def _token(self, scope: str) -> str:
        held = self._tokens.get(scope)
        if held and time.monotonic() < held.ends:
            return held.value
        client = self.require_client()
        answer = self._object(
            self._send(
                "POST",
                "/token",
                headers={"accept": "application/json"},
                data={"grant_type": "client_credentials", "scope": scope},
                auth=(client.client_id, client.client_secret),
            )
        )
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not isinstance(seconds, int):
            raise self._no_answer("/token gave no access_token with expires_in")
        self._tokens[scope] = _Token(value, time.monotonic() + seconds - _TOKEN_MARGIN_SECONDS)
        return value

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: object = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> bytes:
        try:
            with self._http.stream(
                method, path, headers=dict(headers), json=json, content=content, data=data, auth=auth
            ) as response:
                answer = bytearray()
                for piece in response.iter_bytes():
                    answer += piece
                    if len(answer) > MAX_ANSWER_BYTES:
                        raise self._no_answer(f"{path} is larger than {MAX_ANSWER_BYTES} bytes")
                status = response.status_code
        except httpx.ConnectError as error:
            raise self._nobody() from error
        except httpx.TimeoutException as error:
            raise UnreachableError(
                "service.timeout",
                f"{self.url} did not answer {method} {path} in time",
                remedy="look at its log and at /readyz; then try again",
            ) from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            # A service that ends while it is asked resets the connection, or closes it without an answer.
            raise UnreachableError(
                "service.unreachable",
                f"the connection to {self.url} broke off before an answer to {method} {path}: {error}",
                remedy="look at its log and at /readyz; then try again",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._no_answer(f"{method} {path} failed: {error}") from error
        if status >= 300:
            raise self._refused(status, bytes(answer))
        return bytes(answer)

    def _refused(self, status: int, content: bytes) -> RefusedError | UnreachableError:
        try:
            return RefusedError(status, _problem(jsontext.parse_object(content, max_bytes=MAX_ANSWER_BYTES)))
        except DidError:
            # A file server, which may well carry a log, says no more than this.
            if status == 404:
                return RefusedError(status, {})
            return self._no_answer(f"status {status} without a problem document")

    def _object(self, content: bytes) -> JsonObject:
        try:
            return jsontext.parse_object(content, max_bytes=MAX_ANSWER_BYTES)
        except DidError as error:
            raise self._no_answer(f"an answer is no JSON object ({error.code})") from error

    def _nobody(self) -> UnreachableError:
        return UnreachableError(
            "service.unreachable",
            f"nobody answers at {self.url}",
            remedy="start the service with `avow serve`, or name another with --url or AVOW_URL",
        )

    def _no_answer(self, what: str) -> UnreachableError:
        return UnreachableError(
            "service.answer",
            f"{self.url} does not answer like an Avow service: {what}",
            remedy="check the address",
        )


def _problem(answer: JsonObject) -> JsonObject:
    """Read the three forms in which the service refuses: RFC 9457, RFC 6749 section 5.2, DID Resolution."""
    error, metadata = answer.get("error"), answer.get("didResolutionMetadata")
    if isinstance(error, str) and "code" not in answer:
        return {"code": f"oauth.{error}", "detail": answer.get("error_description")}
    refused = metadata.get("error") if isinstance(metadata, dict) else None
    return refused if isinstance(refused, dict) else answer
