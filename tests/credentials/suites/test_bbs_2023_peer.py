"""bbs-2023 against the npm implementation of its authors: each makes what the other takes.

Where the peer is known to differ there is no case here: it replaces blank node labels within claims that look
like one, and cannot point into an array of one element (its document goes through compaction). Ours does the
former in term positions only and keeps the document's shape; see `test_bbs_2023` and `test_engine`.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from did.encoding import encode_multibase
from schemas import contexts, examples
from tests.support import vectors
from tests.support.bbs import V2, Randomness, credential, options

PEER = vectors.ROOT / "tests" / "credentials" / "suites" / "peer"
HEADER = bytes([1, 2, 3])
CONTROLLER = "did:example:issuer"


def profile(name, **claims):
    kind = "".join(part.capitalize() for part in name.split("-")) + "Credential"
    return credential(
        **{"@context": [V2, f"https://avow.example/contexts/{name}/v1"]},
        type=["VerifiableCredential", kind],
        credentialSubject={**examples.load(name), **claims},
    )


CASES = {
    "identity": (
        profile("national-identity"),
        ["/issuer", "/validFrom"],
        ["/credentialSubject/birthDate", "/credentialSubject/address/addressCountry"],
    ),
    "employment": (
        profile("employment"), ["/issuer"], ["/credentialSubject/employer/name", "/credentialSubject/salary"]
    ),
    "degree": (profile("university-degree"), ["/issuer"], ["/credentialSubject/degree/awardedOn"]),
    "text with escapes": (
        profile("national-identity", givenName='"quoted" \\ back\nline\ttab é \U0001f600'),
        ["/issuer"],
        ["/credentialSubject/givenName"],
    ),
    "array of one": (
        profile("national-identity", givenName=["Ines"]), ["/issuer"], ["/credentialSubject/givenName"]
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ask(issuer):
    if shutil.which("node") is None or not (PEER / "node_modules").is_dir():
        vectors.absent("the npm implementation of bbs-2023 (run `npm ci` in tests/credentials/suites/peer)")
    secret, public = issuer
    method = {
        "@context": "https://w3id.org/security/multikey/v1",
        "id": f"{CONTROLLER}#{public.multikey()}",
        "type": "Multikey",
        "controller": CONTROLLER,
        "publicKeyMultibase": public.multikey(),
    }
    # multicodec bls12_381-g2-priv
    key = {**method, "secretKeyMultibase": encode_multibase(bytes.fromhex("8a26") + secret.to_bytes())}
    controller = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": CONTROLLER,
        "assertionMethod": [method],
    }
    bundled = {url: contexts.load(url) for url in contexts.known()}

    def run(tasks):
        request = {"key": key, "controller": controller, "method": method, "contexts": bundled,
                   "header": HEADER.hex(), "tasks": tasks}  # fmt: skip
        done = subprocess.run(
            ["node", "peer.mjs"], cwd=PEER, input=json.dumps(request),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run, options(verification_method=method["id"])


@pytest.fixture(scope="module")
def exchange(ask, suite, issuer):
    """All cases, in two runs of the peer: what it makes, then what it says of ours."""
    run, proof_options = ask

    def derive(secured, chosen):
        return suite.derive(
            secured, selective_pointers=chosen, presentation_header=HEADER, random_bytes=Randomness()
        )

    ours = {
        name: suite.create_base(
            document, proof_options, *issuer, mandatory_pointers=mandatory, random_bytes=Randomness()
        )
        for name, (document, mandatory, _) in CASES.items()
    }
    made = run(
        {f"issue {name}": {"issue": document, "mandatory": mandatory}
         for name, (document, mandatory, _) in CASES.items()}
        | {f"derive {name}": {"derive": ours[name], "selective": case[2]} for name, case in CASES.items()}
    )  # fmt: skip
    tampered = derive(ours["identity"], CASES["identity"][2])
    tampered["credentialSubject"]["birthDate"] = "1994-03-18"
    verdicts = run(
        {f"ours {name}": {"verify": derive(ours[name], case[2])} for name, case in CASES.items()}
        | {
            f"from theirs {name}": {"verify": derive(made[f"issue {name}"], case[2])}
            for name, case in CASES.items()
        }
        | {"tampered": {"verify": tampered}}
    )
    return made, verdicts


@pytest.mark.parametrize("name", CASES)
def test_we_take_what_the_peer_issues_and_derives(exchange, suite, issuer, name):
    made, _ = exchange
    suite.verify_base(made[f"issue {name}"], public_key=issuer[1])
    suite.verify_derived(made[f"derive {name}"], public_key=issuer[1], expected_presentation_header=HEADER)


@pytest.mark.parametrize("name", CASES)
def test_the_peer_takes_what_we_derive(exchange, name):
    _, verdicts = exchange
    assert verdicts[f"ours {name}"] is True
    assert verdicts[f"from theirs {name}"] is True


def test_the_peer_refuses_what_was_changed(exchange):
    assert exchange[1]["tampered"] is False
