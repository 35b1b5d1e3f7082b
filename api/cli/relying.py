"""`avow policy`, `avow challenge`, `avow client`: what a relying party sets up before it asks."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.options import (
    DataOption,
    JsonOption,
    OutOption,
    ReplaceOption,
    UrlOption,
    YesOption,
    ask,
    command,
)
from api.cli.output import Output, shown
from api.client.connection import connect
from api.client.failures import LocalError
from api.client.files import read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.client.service_client import ServiceClient
    from did.types import JsonObject, JsonValue

policy_app = typer.Typer(no_args_is_help=True, help="Say whom you trust.")
client_app = typer.Typer(no_args_is_help=True, help="Register and reset those who may call the service.")

RELYING_SCOPES = (
    "write:/policies",
    "write:/challenges",
    "write:/presentations/verify",
    "write:/credentials/verify",
)


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(policy_app, name="policy", rich_help_panel="Relying parties")
    command(
        parent,
        panel="Relying parties",
        example=(
            "$ avow challenge --domain https://shop.example \\\n"
            "    --type NationalIdentityCredential --claim nationality --claim resident \\\n"
            "    -o request.json\n"
            "$ avow challenge --domain https://shop.example \\\n"
            "    --type NationalIdentityCredential --prove 'birthDate <= today - 18y' \\\n"
            "    --prove 'not revoked' --prove pseudonym -o request.json"
        ),
        then="avow wallet present request.json    or: avow prove --request request.json",
    )(challenge)
    parent.add_typer(client_app, name="client", rich_help_panel="Operation")


@command(
    policy_app,
    "set",
    example=("$ avow policy set shop --trust DID\n$ avow policy set shop --file policy.json"),
    then="avow challenge --domain https://shop.example --type … -o request.json",
)
def set_policy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The policy's name, e.g. shop.")],
    *,
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="DID", help="An issuer you trust; repeatable.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The whole policy as JSON.")
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="FORMAT", help="Accept only these forms, e.g. bbs-2023; repeatable."
        ),
    ] = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a new version of a policy: which issuers and forms you accept.

    Nobody is trusted unless you name them: a policy without --trust accepts nothing.
    """
    body: JsonObject = read_object(file) if file else {}
    if trust:
        issuers: list[JsonValue] = [*trust]
        body["trustedIssuers"] = issuers
    if form:
        forms: list[JsonValue] = [*form]
        body["acceptedFormats"] = forms
    body.setdefault("trustedIssuers", [])
    out = Output(as_json=as_json)
    with connect(url) as service:
        answer = service.put(f"/policies/{quote(name, safe='')}", body, scope="write:/policies")
    issuers_now = body["trustedIssuers"]
    count = len(issuers_now) if isinstance(issuers_now, list) else 0
    version = f", version {shown(answer['version'])}" if "version" in answer else ""
    out.mark(
        "passed" if count else "warning",
        f"policy [bold]{shown(name)}[/]{version} trusts {count} issuer{'s' if count != 1 else ''}",
    )
    out.next(f"avow verify presentation.json --request request.json --policy {name}")
    out.result(answer)


def challenge(
    *,
    domain: Annotated[
        str,
        typer.Option(
            "--domain", metavar="DOMAIN", help="Who asks: the answer is good for this audience only."
        ),
    ],
    query: Annotated[
        Path | None, typer.Option("--query", metavar="FILE", help="A DCQL query as JSON.")
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="A type of ours, or the address of another.")
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", metavar="PATH", help="Ask for this claim, e.g. address.city; repeatable."),
    ] = None,
    prove: Annotated[
        list[str] | None,
        typer.Option(
            "--prove",
            metavar="EXPRESSION",
            help="Ask to prove this without showing the claim, e.g. 'birthDate <= today - 18y'; repeatable.",
        ),
    ] = None,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a request for a wallet: a challenge that works once, a domain, and what is asked.

    Ask for single claims with --type and --claim, or give a whole DCQL query. The challenge belongs
    to your client and is used up by the first presentation that is checked against it. What --prove
    asks is shown to hold while the claim itself stays hidden; docs/predicates.md has the language.
    """
    if (query is None) == (type_ is None):
        raise typer.BadParameter("give exactly one of --query and --type")
    if query is not None and (claim or prove):
        raise typer.BadParameter("--claim and --prove go with --type; a query says all by itself")
    asked = read_object(query) if query else dcql(str(type_), claim or [], prove or [])
    out = Output(as_json=as_json or out_file is None)
    with connect(url) as service:
        answer = service.post("/challenges", {"domain": domain, "query": asked}, scope="write:/challenges")
    if out_file:
        write_object(out_file, answer, replace=replace)
    out.mark("passed", f"request for [bold]{shown(domain)}[/]")
    out.fields({"challenge": answer.get("challenge"), "expires": answer.get("expires"), "file": out_file})
    if prove and "not revoked" not in prove:
        out.mark("warning", "a credential that can be revoked is accepted only with --prove 'not revoked'")
    file = out_file or "request.json"
    out.next(
        f"avow prove --request {file} -o presentation.json"
        if "avow_prove" in json.dumps(asked)
        else f"avow wallet present {file} -o presentation.json"
    )
    if as_json or out_file is None:
        out.document(answer)


def dcql(credential_type: str, claims: list[str], prove: Sequence[str] = ()) -> JsonObject:
    """Compose the DCQL query (OpenID4VP 1.0, section 6) for one credential: its claims, and what to prove."""
    asked: JsonObject = {
        "id": "credential",
        "format": "ldp_vc",
        "meta": {"type_values": [[expanded(credential_type)]]},
    }
    if claims:
        paths: list[JsonValue] = [
            {"path": ["credentialSubject", *(_step(part) for part in claim.split("."))]} for claim in claims
        ]
        asked["claims"] = paths
    if prove:
        from credentials.predicates.asked import PROVE

        expressions: list[JsonValue] = [*prove]
        asked[PROVE] = expressions
    return {"credentials": [asked]}


def expanded(name: str) -> str:
    """Write out the type of a bundled schema; an address stays as it is. Code `query.type`."""
    from credentials.exchange.types import full_type
    from schemas import contexts

    if ":" in name:
        return name
    for url in contexts.known():
        found = full_type(name, (url,)) if url.startswith(contexts.NAMESPACE) else None
        if found:
            return found
    raise LocalError(
        "query.type", f"no bundled context defines the type {name}", remedy="give its whole address (an IRI)"
    )


def _step(part: str) -> JsonValue:
    return int(part) if part.isdigit() else part


@command(
    client_app,
    "create",
    example=(
        "$ avow client create shop -o shop-client.json\n"
        "$ avow client create city --scope write:/credentials/issue -o city.json"
    ),
    then="AVOW_CLIENT_FILE=shop-client.json avow challenge …    acts as that client",
)
def create_client(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will use it, e.g. shop.")],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it may do; repeatable. Default: what a relying party needs.",
        ),
    ] = None,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a client with its own secret and only the scopes it needs.

    The secret is shown this once; --out writes it readable by you only.
    """
    out = Output(as_json=as_json or out_file is None)
    scopes = list(scope or RELYING_SCOPES)
    with connect(url) as service:
        answer = register_client(service, name, scopes)
        answer.setdefault("url", service.url)
    if out_file:
        write_object(out_file, answer, private=True, replace=replace)
    out.mark("passed", f"client [bold]{shown(name)}[/] registered")
    out.fields({"client id": answer.get("client_id"), "scopes": " ".join(scopes), "file": out_file})
    out.next(f"AVOW_CLIENT_FILE={out_file or 'client.json'} avow challenge …")
    if as_json or out_file is None:
        out.document(answer)


def register_client(service: ServiceClient, name: str, scopes: list[str]) -> JsonObject:
    """Register a client; a token can hand on no scope that it does not have itself."""
    held = " ".join(("write:/clients", *scopes))
    return service.post("/clients", {"name": name, "scopes": scopes}, scope=held)


@command(
    client_app,
    "reset",
    example=("$ avow client reset --data ./data --yes"),
    then="avow serve    the new secret stands in bootstrap-client.json",
)
def reset_client(*, data: DataOption = None, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Replace the secret of the bootstrap client, when it is lost or has leaked.

    Works on the data directory itself and takes its lock, so the service must be stopped. The old
    secret and its tokens end at once; the new secret is written to a file of mode 600, never printed.
    """
    from api.cli.serving import reset_bootstrap

    out = Output(as_json=as_json)
    ask("Replace the bootstrap client's secret? The old one ends at once.", yes=yes)
    path = reset_bootstrap(data)
    out.mark("passed", "the bootstrap client has a new secret")
    out.fields({"file": path})
    out.next("avow serve")
    out.result({"file": str(path)})
