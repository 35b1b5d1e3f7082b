"""Credentials and presentations in files, whatever their form: JSON, a signed text, COSE bytes.

- a file whose first sign is a brace is JSON: an object with its proof, or an envelope.
- a file named `.cose`, or that begins as COSE_Sign1 does, holds bytes; in base64 too.
- anything else is a signed text: with ``~`` an SD-JWT, else a JWT.

Not here: which dialect of these it is (`credentials.dialects`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from api.client.failures import LocalError
from api.client.files import read_bytes, write_bytes, write_object, write_text
from did import jsontext
from did.encoding import decode_base64

if TYPE_CHECKING:
    from pathlib import Path

    from did.types import JsonObject

ALL_FORMS = "all"
COSE = ".cose"
ENDINGS = {"vc+jwt": ".jwt", "vc+sd-jwt": ".sd-jwt", "dc+sd-jwt": ".sd-jwt", "vc+cose": COSE}
"""How files of each form end that is no JSON by nature."""
_SIGN1 = b"\xd2\x84"
_BASE64 = re.compile(rb"0o[A-Za-z0-9+/\s]+=*\s*")  # what those two bytes begin with
_ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"


def read_signed(path: Path, *, presented: bool) -> JsonObject | str:
    """Read a secured document; COSE bytes give an envelope of a presentation where one is expected.

    Codes: file.*, json.*, file.form, base64.*.
    """
    data = read_bytes(path)
    if data.lstrip()[:1] == b"{":
        return jsontext.parse_object(data, max_bytes=len(data))
    if path.suffix == COSE or data.startswith(_SIGN1) or _BASE64.fullmatch(data):
        return _cose(data, presented=presented)
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError:
        raise LocalError(
            "file.form",
            f"{path} is neither JSON, nor a signed text, nor COSE bytes",
            remedy="give a credential or presentation as it was issued or presented",
        ) from None


def write_signed(path: Path, form: str, envelope: JsonObject, *, replace: bool = False) -> None:
    """Write a credential in its form: the text or bytes of an envelope, unless the file is to be JSON."""
    if form not in ENDINGS or path.suffix == ".json":
        write_object(path, envelope, private=True, replace=replace)
        return
    found = inside(envelope)
    if isinstance(found, bytes):
        write_bytes(path, found, private=True, replace=replace)
    else:
        write_text(path, found + "\n", private=True, replace=replace)


def write_forms(
    directory: Path, forms: dict[str, JsonObject], *, name: str = "credential", replace: bool = False
) -> list[Path]:
    """Write one file for each form; gives the files in the order of the forms."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for form, envelope in forms.items():
        path = directory / f"{name}.{form}{ENDINGS.get(form, '.json')}"
        write_signed(path, form, envelope, replace=replace)
        written.append(path)
    return written


def forms_of(answer: JsonObject) -> dict[str, JsonObject]:
    """Name each form in an answer to issuing; one alone is named by its proof or its media type."""
    found = answer.get("forms")
    if isinstance(found, dict):
        return {name: value for name, value in found.items() if isinstance(value, dict)}
    alone = answer.get("verifiableCredential")
    if not isinstance(alone, dict):
        return {}
    proof = alone.get("proof")
    if isinstance(proof, dict):
        return {str(proof.get("cryptosuite")): alone}
    media_type = re.match(r"data:application/([\w.+-]+)", str(alone.get("id")))
    return {media_type[1] if media_type else "": alone}


def check_form(form: str, profile: JsonObject) -> None:
    """Refuse a form that the profile does not issue, before anything is issued. Code `issue.form`."""
    found = profile.get("formats")
    forms = [str(name) for name in found] if isinstance(found, list) else []
    if form not in forms:
        raise LocalError(
            "issue.form",
            f"the profile does not issue {form}",
            remedy=f"choose from {', '.join(forms)}, or all",
        )


def written(
    answer: JsonObject, form: str | None, out_file: Path | None, *, replace: bool
) -> tuple[object, list[str]]:
    """Write what was asked for; gives the credential to show, and the files."""
    main = answer.get("verifiableCredential")
    forms = forms_of(answer)
    secured = forms.get(str(form), main)
    if out_file is None:
        return secured, []
    if form == ALL_FORMS:
        return main, [str(path) for path in write_forms(out_file, forms, replace=replace)]
    if form is None:
        write_object(out_file, main, private=True, replace=replace)
    else:
        write_signed(out_file, form, forms[form], replace=replace)
    return secured, [str(out_file)]


def inside(envelope: JsonObject) -> str | bytes:
    """Take out what an envelope holds. Codes: model.*, envelope.*."""
    from credentials import enveloping
    from credentials.model import Enveloped

    return enveloping.content(Enveloped.parse(envelope))


def is_presentation(document: JsonObject | str) -> bool:
    """Say whether a document calls itself a presentation, or a text is bound to one. Codes: jws.*."""
    if isinstance(document, str):
        return _is_presented_text(document)
    types = document.get("type")
    listed = types if isinstance(types, list) else [types]
    return bool({"VerifiablePresentation", _ENVELOPED_PRESENTATION} & {str(name) for name in listed})


def _is_presented_text(text: str) -> bool:
    from credentials.jose import jws, vp_jwt
    from credentials.limits import LIMITS

    if "~" in text:
        return not text.endswith("~")
    return jws.same_type(jws.read(text, max_bytes=LIMITS.max_bytes).typ, vp_jwt.TYP)


def _cose(data: bytes, *, presented: bool) -> JsonObject:
    from credentials import enveloping

    raw = data
    if not data.startswith(_SIGN1):
        text = "".join(data.decode("ascii", "replace").split())
        raw = decode_base64(text, max_bytes=len(data))
    return enveloping.envelope("application/vp+cose" if presented else "application/vc+cose", raw)
