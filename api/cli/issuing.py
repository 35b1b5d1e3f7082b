"""`avow issuer set` and `avow issue`: who may issue what, and the act of issuing."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.bulk import (
    AgainOption,
    CheckOption,
    CsvOption,
    KeepOption,
    KeyOption,
    MapOption,
    ResumeOption,
    Wanted,
    issue_many,
)
from api.cli.exits import ExitCode
from api.cli.options import JsonOption, OutOption, ReplaceOption, UrlOption, command
from api.cli.output import Output, shorten_did, shown
from api.cli.signed_files import ALL_FORMS, check_form, written
from api.client.connection import connect
from api.client.files import read_object
from api.client.schemas import address_of

if TYPE_CHECKING:
    from did.types import JsonObject

DEFAULT_FORM = "eddsa-jcs-2022"
MAX_COMMITMENT_BYTES = 16_384

issuer_app = typer.Typer(no_args_is_help=True, help="Say which DID issues credentials, and how.")


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(issuer_app, name="issuer", rich_help_panel="Issuers")
    command(
        parent,
        panel="Issuers",
        example=(
            "$ avow issue degrees --claims claims.json -o credential.json\n"
            "$ avow issue identity --example national-identity -o credential.json\n"
            "$ avow issue identity --example national-identity --form all -o credentials\n"
            "$ avow issue proofs --claims claims.json --commitment commitment.json\n"
            "$ avow issue degrees --csv people.csv --check\n"
            "$ avow issue degrees --csv people.csv --map Name=givenName -o degrees.jsonl"
        ),
        then="avow wallet receive credential.json    the holder checks and keeps it",
    )(issue)


@command(
    issuer_app,
    "set",
    example=(
        "$ avow issuer set degrees --did DID --schema university-degree\n"
        "$ avow issuer set identity --did DID --schema national-identity \\\n"
        "    --format bbs-2023\n"
        "$ avow issuer set proofs --did DID --schema national-identity \\\n"
        "    --format bbs-2023 --format bbs-predicates-2026\n"
        "$ avow issuer set badges --did DID --status revocation"
    ),
    then="avow issue degrees --claims claims.json -o credential.json",
)
def set_profile(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="The profile's name, e.g. degrees.")],
    *,
    did: Annotated[str, typer.Option("--did", metavar="DID", help="A DID whose keys this service keeps.")],
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema", metavar="NAME", help="A bundled or published schema; fixes type and context."
        ),
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"A form of its credentials, the main one first; repeatable. Default: {DEFAULT_FORM}.",
        ),
    ] = None,
    validity_days: Annotated[
        int | None,
        typer.Option("--validity-days", metavar="DAYS", min=1, help="How long credentials are valid."),
    ] = None,
    mandatory: Annotated[
        list[str] | None,
        typer.Option(
            "--mandatory",
            metavar="POINTER",
            help="Selective forms: a JSON pointer the holder must always show; repeatable.",
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="PURPOSE",
            help="Give each credential a status: revocation; with suspension as well where that is named.",
        ),
    ] = None,
    revocable: Annotated[
        bool | None,
        typer.Option(
            "--revocable/--not-revocable",
            help="bbs-predicates-2026: whether holders can prove that it is not revoked. Default: yes.",
        ),
    ] = None,
    bbs2023: Annotated[
        str | None,
        typer.Option(
            "--bbs-2023",
            metavar="FEATURE",
            help="Feature of bbs-2023: anonymous_holder_binding, pseudonym, holder_binding_pseudonym.",
        ),
    ] = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set an issuer profile: the DID, schema and forms that a kind of credential is issued with.

    One set of claims is issued in every form that the profile names. eddsa-jcs-2022, eddsa-rdfc-2022,
    ecdsa-jcs-2019, ecdsa-rdfc-2019, vc+jwt and vc+cose sign the whole. ecdsa-sd-2023, vc+sd-jwt and dc+sd-jwt
    let the holder show single claims; bbs-2023 does so without a trace that links two presentations.
    bbs-predicates-2026, usually beside bbs-2023, lets the holder prove facts about claims without showing
    them; it is issued to a wallet that answered an offer (avow offer).
    """
    from credentials.formats import ISSUED

    forms = form or [DEFAULT_FORM]
    if not set(forms) <= set(ISSUED):
        unknown = ", ".join(sorted(set(forms) - set(ISSUED)))
        raise typer.BadParameter(f"{unknown!r} is no form here; choose from {', '.join(ISSUED)}")
    body: dict[str, object] = {"did": did, "formats": forms}
    body |= {"validityDays": validity_days} if validity_days else {}
    body |= {"mandatoryPointers": mandatory} if mandatory else {}
    body |= {"status": list(dict.fromkeys(["revocation", *status]))} if status else {}
    body |= {} if revocable is None else {"revocable": revocable}
    body |= {} if bbs2023 is None else {"bbs2023": bbs2023}
    out = Output(as_json=as_json)
    with connect(url) as service:
        body |= {"schema": address_of(service, schema)} if schema else {}
        answer = service.put(f"/issuers/{quote(profile, safe='')}", body, scope="write:/issuers")
    out.mark("passed", f"profile [bold]{shown(profile)}[/] issues as {shown(', '.join(forms))}")
    lists: dict[str, object] = {
        "digit list": answer.get("digitList"),
        "revocation": answer.get("revocationList"),
    }
    out.fields({"issuer": did, "schema": schema, **lists})
    blind = "bbs-predicates-2026" in forms or answer.get("bbs2023") is not None
    out.next(
        f"avow offer {profile} --person REFERENCE -o offer.json"
        if blind
        else f"avow issue {profile} --claims claims.json -o credential.json"
    )
    out.result(answer)


def issue(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="A profile set with `avow issuer set`.")],
    *,
    claims: Annotated[
        Path | None,
        typer.Option(
            "--claims",
            metavar="FILE",
            help="A JSON object: the claims, or a credential with credentialSubject; - reads standard input.",
        ),
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(
            "--example",
            metavar="NAME",
            help="Example claims: national-identity, university-degree, employment.",
        ),
    ] = None,
    holder: Annotated[
        str | None,
        typer.Option(
            "--holder", metavar="DID", help="The did:key to which forms that can bind the credential."
        ),
    ] = None,
    commitment: Annotated[
        Path | None,
        typer.Option(
            "--commitment",
            metavar="FILE",
            help="The wallet's answer to `avow offer`, for forms that are signed blindly.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--form",
            metavar="FORM",
            help="Which of the profile's forms to write; `all` writes each into the directory --out.",
        ),
    ] = None,
    csv: CsvOption = None,
    maps: MapOption = None,
    key: KeyOption = None,
    check: CheckOption = False,
    resume: ResumeOption = False,
    again: AgainOption = False,
    keep: KeepOption = False,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Issue a credential, or one for each row of a table: send claims, get them back signed.

    The service checks the claims against the profile's schema. The credential holds personal data:
    --out writes it readable by you only: JSON, or where --form names a form that is text or bytes by nature,
    that text or those bytes.

    With --csv, --out is a file that ends in .jsonl (a credential a line) or a directory (a file for each).
    Rows that are refused stop nothing: they are listed beside it, with the reason. When all is on your disk,
    the service erases what it has.
    """
    if sum(given is not None for given in (claims, example, csv)) != 1:
        raise typer.BadParameter("give exactly one of --claims, --example and --csv")
    if csv is not None:
        if holder or form or commitment:
            raise typer.BadParameter(
                "--holder, --form and --commitment are for one credential, not for a table"
            )
        wanted = Wanted(csv, out_file, tuple(maps or ()), key, check, resume, again, keep, replace)
        return issue_many(profile, wanted, url=url, as_json=as_json)
    if form == ALL_FORMS and out_file is None:
        raise typer.BadParameter("--form all needs --out: the directory for the files")
    credential = credential_template(read_object(claims) if claims else _example(str(example)))
    out = Output(as_json=as_json or out_file is None)
    answered = read_object(commitment, max_bytes=MAX_COMMITMENT_BYTES) if commitment else None
    options = {"holder": holder, "commitment": answered}
    options = {name: value for name, value in options.items() if value is not None}
    body: dict[str, object] = {"credential": credential} | ({"options": options} if options else {})
    path = f"/issuers/{quote(profile, safe='')}"
    # A repeat of the same command gets the same credential, though the offer is good once.
    once = f"commitment-{answered.get('offer')}"[:80] if answered else ""
    with connect(url) as service:
        if form not in {None, ALL_FORMS}:
            check_form(str(form), service.get(path, scope="read:/issuers"))
        answer = service.post(f"{path}/credentials/issue", body, scope="write:/credentials/issue", once=once)
    secured, files = written(answer, form, out_file, replace=replace)
    out.mark("passed", f"issued by [bold]{shown(profile)}[/]")
    out.fields(summary(secured) | revocation(answer) | ({"file": ", ".join(files)} if files else {}))
    if files:
        out.next(f"avow wallet receive {files[0]}", f"avow verify {files[0]}")
    if not as_json and out_file is None:
        out.document(secured)
    elif as_json:
        out.document(answer)
    return ExitCode.DONE


def revocation(answer: JsonObject) -> dict[str, object]:
    """Say by which identifier an issuer can revoke a credential; the credential does not show it."""
    found = answer.get("revocation")
    return {"revoke by": f"{found.get('list')} {found.get('identifier')}"} if isinstance(found, dict) else {}


def credential_template(claims: JsonObject) -> JsonObject:
    """Accept bare claims, or a credential that already has its credentialSubject."""
    return claims if "credentialSubject" in claims else {"credentialSubject": claims}


def summary(credential: object) -> dict[str, object]:
    """Say in a few words what a credential is, without any of its claims."""
    if not isinstance(credential, dict):
        return {}
    types = credential.get("type")
    issuer = credential.get("issuer")
    proof = credential.get("proof")
    proofs = proof if isinstance(proof, list) else [proof]
    return {
        "type": ", ".join(str(t) for t in types if t != "VerifiableCredential")
        if isinstance(types, list)
        else types,
        "issuer": shorten_did(issuer.get("id") if isinstance(issuer, dict) else issuer),
        "valid": " to ".join(
            str(credential[name]) for name in ("validFrom", "validUntil") if name in credential
        ),
        "proof": ", ".join(str(one.get("cryptosuite")) for one in proofs if isinstance(one, dict)) or None,
    }


def _example(name: str) -> JsonObject:
    from schemas import examples

    return examples.load(name)
