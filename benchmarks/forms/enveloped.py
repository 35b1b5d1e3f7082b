"""The forms of signed text and bytes, `vc+jwt`, `vc+sd-jwt` and `vc+cose`, with Ed25519.

Signing starts from the credential's text, verifying from the secured one; each ends with the credential.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from benchmarks.forms.embedded import parse, raw_sign, raw_verify
from benchmarks.forms.subject import DISCLOSED, ED25519, METHODS, NOW, TEXT
from credentials import sd_jwt
from credentials.cose import vc_cose
from credentials.jose import vc_jwt
from credentials.sd_jwt import data_model

if TYPE_CHECKING:
    from collections.abc import Callable

KEY, METHOD = ED25519.public_key, METHODS["ed25519"]


def signed() -> dict[str, Callable[[], object]]:
    """`vc+jwt` and `vc+cose`."""

    def sign_text() -> str:
        return vc_jwt.sign(parse(TEXT), signer=ED25519, key_id=METHOD)

    def sign_bytes() -> bytes:
        return vc_cose.sign(parse(TEXT), signer=ED25519, key_id=METHOD)

    text, data = sign_text(), sign_bytes()
    return {
        "vc+jwt sign": sign_text,
        "vc+jwt verify": lambda: vc_jwt.verify(vc_jwt.read(text), KEY, now=NOW),
        "vc+cose sign": sign_bytes,
        "vc+cose verify": lambda: vc_cose.verify(vc_cose.read(data), KEY, now=NOW),
    }


def disclosed() -> dict[str, Callable[[], object]]:
    """`vc+sd-jwt`: eight claims apart, three of them shown."""

    def issue() -> str:
        return data_model.issue(
            parse(TEXT),
            signer=ED25519,
            key_id=METHOD,
            random_bytes=os.urandom,
            disclosable=[("credentialSubject", name) for name in DISCLOSED],
        )

    held = sd_jwt.receive(sd_jwt.read(issue()), KEY, expected_typ=data_model.TYP, now=NOW)
    shown = [("credentialSubject", name) for name in DISCLOSED[:3]]

    def present() -> str:
        return sd_jwt.present(held, shown)

    text = present()
    return {
        "vc+sd-jwt sign": issue,
        "vc+sd-jwt derive": present,
        "vc+sd-jwt verify": lambda: data_model.verify(sd_jwt.read(text), KEY, now=NOW),
    }


def raw() -> dict[str, Callable[[], object]]:
    """One signature over the credential, and its check."""
    return {
        "raw sign": lambda: raw_sign("ed25519", TEXT),
        "raw verify": lambda: raw_verify("ed25519", TEXT),
    }
