"""`avow revoke`, `avow suspend` and `avow status`: what an issuer says of a credential later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import JsonOption, UrlOption, YesOption, ask, command
from api.cli.output import PASSED, WARNING, Output, moment
from api.client.connection import connect
from api.client.failures import RejectedError
from api.client.files import read_object

if TYPE_CHECKING:
    from did.types import JsonObject

SCOPE = "/credentials/status"
REVOCATION = "revocation"
SUSPENSION = "suspension"

CredentialArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[CREDENTIAL]", help="The credential's file; - reads standard input."),
]
ListOption = Annotated[
    str | None,
    typer.Option("--list", metavar="URL", help="Instead: the list, from statusListCredential, uri or list."),
]
IndexOption = Annotated[
    int | None, typer.Option("--index", metavar="N", min=0, help="With --list: statusListIndex or idx.")
]
IdentifierOption = Annotated[
    int | None,
    typer.Option("--identifier", metavar="N", min=1, help="With --list: what was kept from issuing."),
]
IdOption = Annotated[
    str | None,
    typer.Option("--id", metavar="ID", help="Instead: the id that the credential was issued with."),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    command(
        parent,
        panel="Issuers",
        example=(
            "$ avow revoke credential.json\n"
            "$ avow revoke --list http://localhost:8000/status-lists/LIST --index 4711\n"
            "$ avow revoke --list http://localhost:8000/revocation/LIST --identifier 4711"
        ),
        then="avow verify credential.json    fails with status.revoked from now on",
    )(revoke)
    command(
        parent,
        panel="Issuers",
        example="$ avow suspend credential.json\n$ avow suspend credential.json --lift",
        then="avow suspend credential.json --lift    makes it valid again",
    )(suspend)
    command(
        parent,
        panel="Issuers",
        example="$ avow status credential.json",
        then="avow revoke credential.json    if it must not be accepted any more",
    )(status)


def revoke(
    credential: CredentialArgument = None,
    *,
    list_uri: ListOption = None,
    index: IndexOption = None,
    identifier: IdentifierOption = None,
    credential_id: IdOption = None,
    yes: YesOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a credential, for ever: every form of it fails from now on.

    The credential must have been issued by a profile with --status. Other services notice when they
    read the list again, which they may put off for five minutes.

    Where holders prove that they are not revoked, nothing they show names the credential: give the
    list and the identifier that were kept when it was issued, or a file with both. It counts from the
    next epoch on.
    """
    body = _named(credential, list_uri, index, identifier, credential_id, REVOCATION)
    ask("A revocation is final. Revoke?", yes=yes)
    _change({**body, "status": True}, "revoked", url, Output(as_json=as_json))


def suspend(
    credential: CredentialArgument = None,
    *,
    lift: Annotated[bool, typer.Option("--lift", help="Make it valid again.")] = False,
    list_uri: ListOption = None,
    index: IndexOption = None,
    identifier: IdentifierOption = None,
    credential_id: IdOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suspend a credential until you lift it: every form of it fails in between.

    The credential must have been issued by a profile with --status suspension.
    """
    body = _named(credential, list_uri, index, identifier, credential_id, SUSPENSION)
    done = "no longer suspended" if lift else "suspended"
    _change({**body, "status": not lift}, done, url, Output(as_json=as_json))


def status(
    credential: CredentialArgument = None,
    *,
    list_uri: ListOption = None,
    index: IndexOption = None,
    identifier: IdentifierOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is said of a credential that this service issued, and who said it when."""
    entry = _named(credential, list_uri, index, identifier, None, REVOCATION)["credentialStatus"]
    assert isinstance(entry, dict)
    out = Output(as_json=as_json)
    with connect(url) as service:
        found = service.get(_path(entry), scope=f"read:{SCOPE}")
    marked = [purpose for purpose in (REVOCATION, SUSPENSION) if found.get(purpose)]
    said = {REVOCATION: "revoked", SUSPENSION: "suspended"}
    out.mark(WARNING if marked else PASSED, " and ".join(said[name] for name in marked) or "valid")
    out.fields(_shown(found))
    changes = found.get("changes")
    for change in changes if isinstance(changes, list) else []:
        if isinstance(change, dict):
            verb = "set" if change.get("status") else "lifted"
            out.fields(
                {moment(change.get("at")): f"{change.get('statusPurpose')} {verb} by {change.get('client')}"}
            )
    out.result(found)


def _change(body: JsonObject, done: str, url: str | None, out: Output) -> None:
    with connect(url) as service:
        answer = service.post(SCOPE, body, scope=f"write:{SCOPE}")
    changed = answer.get("changed")
    out.mark(PASSED, done if changed else f"was {done} before, nothing changed")
    entry = answer.get("credentialStatus")
    if isinstance(entry, dict):
        out.fields(_shown(entry) | ({"counts from": answer.get("effective")} if changed else {}))
    out.result(answer)


def _named(
    credential: Path | None,
    list_uri: str | None,
    index: int | None,
    identifier: int | None,
    credential_id: str | None,
    purpose: str,
) -> JsonObject:
    """What a request says of which credential is meant; exactly one way of naming it."""
    if sum(given is not None for given in (credential, list_uri, credential_id)) != 1:
        raise typer.BadParameter(
            "name the credential in one way: its file, --list with --index or --identifier, or --id"
        )
    if (list_uri is not None) != (sum(number is not None for number in (index, identifier)) == 1):
        raise typer.BadParameter("--list goes together with --index or --identifier")
    if credential_id is not None:
        return {"credentialId": credential_id, "credentialStatus": {"statusPurpose": purpose}}
    if credential is not None:
        return {"credentialStatus": _entry(read_object(credential), purpose)}
    if identifier is not None:
        return {
            "credentialStatus": {"statusPurpose": purpose, "identifier": identifier, "list": str(list_uri)}
        }
    return {
        "credentialStatus": {
            "statusPurpose": purpose,
            "statusListIndex": str(index),
            "statusListCredential": str(list_uri),
        }
    }


def _shown(entry: JsonObject) -> dict[str, object]:
    """The list and the place in it."""
    if "identifier" in entry:
        return {"list": entry.get("list"), "identifier": entry.get("identifier")}
    return {"list": entry.get("statusListCredential"), "index": entry.get("statusListIndex")}


def _path(entry: JsonObject) -> str:
    """Where the service says who changed an entry."""
    if "identifier" in entry:
        list_id = str(entry.get("list")).partition("/revocation/")[2].partition("/")[0]
        return f"/revocation/{list_id}/identifiers/{entry['identifier']}"
    list_id = str(entry["statusListCredential"]).partition("/status-lists/")[2].partition("/")[0]
    return f"/status-lists/{list_id}/entries/{entry['statusListIndex']}"


def _entry(credential: JsonObject, purpose: str) -> JsonObject:
    """The entry of a credential for a purpose; the first one if it has none, for the service to refuse.

    Or list and identifier, where the file is what was kept from issuing.
    """
    if credential.keys() == {"list", "identifier"}:
        return {**credential, "statusPurpose": purpose}
    found = credential.get("credentialStatus")
    entries = [entry for entry in (found if isinstance(found, list) else [found]) if isinstance(entry, dict)]
    chosen = [entry for entry in entries if entry.get("statusPurpose") == purpose] or entries
    if not chosen or not {"statusListCredential", "statusListIndex"} <= chosen[0].keys():
        raise RejectedError(
            "cli.no-status",
            "this file shows no credentialStatus with a list and an index",
            remedy="name it with --list and --identifier, as `avow issue` said"
            if "bbs-predicates-2026" in json.dumps(credential.get("proof"))
            else "name the entry with --list and --index, or issue by a profile with --status",
        )
    return {**chosen[0], "statusPurpose": purpose}
