"""`avow verify` and `avow log …`: check what somebody shows, with the service's help or without."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import ExitCode
from api.cli.grounds import (
    ChainOption,
    CosignedOption,
    DemandedLevelOption,
    FinalityOption,
    MaxAgeOption,
    OriginOption,
    PolicyFileOption,
    RootOption,
    RpcOption,
    TrustOption,
    grounds_of,
    node_at,
)
from api.cli.options import JsonOption, OutOption, ReplaceOption, UrlOption, command
from api.cli.output import PASSED, Output, shorten, shown
from api.cli.signed_files import is_presentation, read_signed
from api.cli.verdicts import show_verdict, verdict_of
from api.client.connection import connect
from api.client.failures import RefusedError
from api.client.files import read_object, write_object

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from did.types import JsonObject

NEEDS_REQUEST = "a presentation needs --request, or --challenge and --domain: what it answers"

log_app = typer.Typer(
    no_args_is_help=True,
    help="Name whom you trust, check evidence against it, see how the log stands, change its key.",
)


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    command(
        parent,
        panel="Relying parties",
        example=(
            "$ avow verify presentation.json --request request.json --policy shop\n"
            "$ avow verify credential.json --policy shop\n"
            "$ avow verify credential.sd-jwt --policy shop\n"
            "$ avow verify credential.json --offline \\\n"
            "    --evidence bundle.json --trust trust.json --policy-file policy.json"
        ),
        then="avow log verify bundle.json …    checks the issuer's history alone",
    )(verify)
    parent.add_typer(log_app, name="log", rich_help_panel="Identifiers")


def verify(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A credential, a presentation or an evidence bundle: JSON, a signed text or COSE bytes; "
            "- reads standard input.",
        ),
    ],
    *,
    request: Annotated[
        Path | None,
        typer.Option("--request", metavar="FILE", help="The request that a presentation answers."),
    ] = None,
    challenge: Annotated[
        str | None,
        typer.Option(
            "--challenge", metavar="TEXT", help="Without a request: the challenge (nonce) answered."
        ),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option("--domain", metavar="DOMAIN", help="Without a request: for whom the answer must be."),
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="NAME", help="A policy set with `avow policy set`.")
    ] = None,
    proof_only: Annotated[
        bool, typer.Option("--proof-only", help="Succeed if the proof holds, whoever the issuer is.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no service; needs --evidence and --trust.")
    ] = False,
    evidence: Annotated[
        list[Path] | None,
        typer.Option("--evidence", metavar="FILE", help="Offline: the issuer's evidence bundle; repeatable."),
    ] = None,
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="FILE", help="Offline: your trust anchors.")
    ] = None,
    policy_file: Annotated[
        Path | None,
        typer.Option("--policy-file", metavar="FILE", help="Offline: the policy as JSON."),
    ] = None,
    did: Annotated[
        str | None, typer.Option("--did", metavar="DID", help="For a bundle: whose history it must be.")
    ] = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a credential, a presentation or an evidence bundle, and show every check.

    Exit code 0 means accepted: the proof holds and the policy trusts the issuer. Without a policy
    nobody is trusted; --proof-only asks for the proof alone.
    """
    out = Output(as_json=as_json)
    expected = asked(request, challenge, domain)
    document = read_signed(file, presented=expected is not None)
    if isinstance(document, dict) and document.get("type") == "AvowRegistryProof":
        from api.cli.evidence import check_bundle

        raise typer.Exit(check_bundle(file, did, grounds_of(trust=trust), None, out))
    if offline:
        from api.cli.evidence import check_offline

        answer = check_offline(document, expected, evidence or [], trust, policy_file)
    else:
        with connect(url) as service:
            answer = check_online(service, document, expected, policy)
    show_verdict(out, answer)
    _show_claims(out, answer)
    out.result(answer)
    holds = verdict_of(answer).get("verified" if proof_only else "accepted") is True
    if not holds and verdict_of(answer).get("verified") is True and policy is None and policy_file is None:
        out.next("avow policy set NAME --trust DID", "avow verify FILE --policy NAME …")
    raise typer.Exit(ExitCode.DONE if holds else ExitCode.REJECTED)


def asked(request: Path | None, challenge: str | None, domain: str | None) -> JsonObject | None:
    """Read the request that a presentation answers, or put it together from its parts."""
    if request is not None:
        if challenge or domain:
            raise typer.BadParameter("--request holds challenge and domain; give it alone")
        return read_object(request)
    if not challenge and not domain:
        return None
    if not challenge or not domain:
        raise typer.BadParameter("--challenge and --domain go together: an answer is for both")
    return {"challenge": challenge, "domain": domain, "query": None}


def check_online(
    service: ServiceClient, document: JsonObject | str, request: JsonObject | None, policy: str | None
) -> JsonObject:
    """Let the service check a credential or a presentation; a refusal with a verdict is an answer too."""
    options: dict[str, object] = {"policy": policy} if policy else {}
    try:
        if not is_presentation(document):
            body = {"verifiableCredential": document, "options": options}
            return service.post("/credentials/verify", body, scope="write:/credentials/verify")
        if request is None:
            raise typer.BadParameter(NEEDS_REQUEST)
        options |= {"challenge": request.get("challenge"), "domain": request.get("domain")}
        body = {"verifiablePresentation": document, "options": options}
        return service.post("/presentations/verify", body, scope="write:/presentations/verify")
    except RefusedError as error:
        if isinstance(error.problem.get("verdict"), dict):
            return error.problem
        raise


def _show_claims(out: Output, answer: JsonObject) -> None:
    claims = answer.get("claims")
    if isinstance(claims, dict) and claims:
        out.say("[bold]what was shown[/]")
        for name, value in claims.items():
            if isinstance(value, dict) and not value:
                out.say(f"  [dim]{shown(name)}[/]  no claim")
            elif isinstance(value, dict):
                out.say(f"  [dim]{shown(name)}[/]")
                out.fields({pointer: json.dumps(found) for pointer, found in value.items()}, indent=4)
            else:
                out.say(f"  [dim]{shown(name)}[/]  {shown(value)}")
    _show_proven(out, answer)


def _show_proven(out: Output, answer: JsonObject) -> None:
    proven = answer.get("proven")
    if isinstance(proven, list) and proven:
        out.say("[bold]what was proven, without showing it[/]")
        for item in proven:
            if isinstance(item, dict) and isinstance(texts := item.get("expressions"), list):
                for text in texts:
                    out.say(f"  [dim]{shown(item.get('query'))}[/]  {shown(text)}")
    for nym in pseudonyms if isinstance(pseudonyms := answer.get("pseudonyms"), list) else []:
        if isinstance(nym, dict):
            scope = f", {shown(nym['scope'])}" if "scope" in nym else ""
            name = f"{shown(nym.get('kind'))} for {shown(nym.get('sector'))}{scope}"
            out.say(f"  [dim]{name}[/]  {shorten(nym.get('value'))}")


@command(
    log_app,
    example=("$ avow log trust -o trust.json\n$ avow log verify bundle.json --did DID --trust trust.json"),
    then="compare the file with what the operator publishes elsewhere, then keep it",
)
def trust(
    *,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down the trust anchors that a service names: log key, origin, chain, contract, witnesses.

    This trusts the service once, at first contact. Compare the file with what the operator publishes
    elsewhere; from then on no answer of the service can change it.
    """
    from api.client.trust import pin

    out = Output(as_json=as_json or out_file is None)
    with connect(url) as service:
        anchors = pin(service).to_json()
    if out_file:
        write_object(out_file, anchors, replace=replace)
    out.mark(PASSED, f"trust anchors of [bold]{shown(anchors.get('origin'))}[/]")
    lines = str(anchors.get("policy", "")).splitlines()
    keys = [line.removeprefix("log ") for line in lines if line.startswith("log ")]
    witnesses = [line.split(" ")[1] for line in lines if line.startswith("witness ")]
    out.fields(
        {
            "log key": ", ".join(keys),
            "witnesses": ", ".join(witnesses) or "none",
            "contract": ", ".join(_contracts(anchors.get("chains"))) or "none",
            "file": out_file,
        }
    )
    out.next(f"avow log verify bundle.json --did DID --trust {out_file or 'trust.json'}")
    if as_json or out_file is None:
        out.document(anchors)


def _contracts(chains: object) -> list[str]:
    found = [item for item in chains if isinstance(item, dict)] if isinstance(chains, list) else []
    return [f"{item.get('contract')} on {item.get('chain')}, {item.get('kind')}" for item in found]


@command(
    log_app,
    "verify",
    example=(
        "$ avow log verify bundle.json --did DID --trust trust.json\n"
        "$ avow log verify bundle.json --did DID --policy policy.txt --cosigned \\\n"
        "    --chain chain.json --rpc https://node.example --level final\n"
        "$ avow log verify bundle.json --did DID --root 1042:Xd1c…="
    ),
    then="avow verify credential.json --offline …    takes the keys from it",
)
def verify_log(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="An evidence bundle from `avow did resolve`.")
    ],
    *,
    did: Annotated[str, typer.Option("--did", metavar="DID", help="The DID whose history it must prove.")],
    trust_file: TrustOption = None,
    policy: PolicyFileOption = None,
    root: RootOption = None,
    origin: OriginOption = None,
    chain: ChainOption = None,
    rpc: RpcOption = None,
    finality: FinalityOption = None,
    level: DemandedLevelOption = None,
    max_age: MaxAgeOption = None,
    cosigned: CosignedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Verify an evidence bundle offline: history, log, map, signature and anchor, all by yourself.

    Nothing in the bundle can name a key, a contract or a chain that is then trusted: you bring them, as
    trust anchors (--trust), as a tlog-policy (--policy) with contracts (--chain), or as a root that you
    hold already (--root: from your monitor, a mirror, the contract, a newspaper). A root alone proves as
    much as the place where you have it from. With --rpc the contract's head, and what is final, are read
    from a node of your own. Exit code 6 means that the bundle does not prove what you ask for.
    """
    from api.cli.evidence import check_bundle

    grounds = grounds_of(
        trust=trust_file,
        policy=policy,
        origin=origin,
        chains=chain or (),
        root=root,
        rpc=rpc,
        level=level,
        max_age=max_age,
        cosigned=cosigned,
    )
    with node_at(rpc, finality) as node:
        raise typer.Exit(check_bundle(bundle, did, grounds, node, Output(as_json=as_json)))
