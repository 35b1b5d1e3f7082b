from __future__ import annotations

import hashlib
import shutil
import subprocess
from importlib import resources

import pytest

from schemas import SchemasError, contexts, package_data
from tests.support import vectors

COLLECT = vectors.ROOT / "schemas" / "data" / "collect"

EXPECTED = {
    "https://www.w3.org/2018/credentials/v1",
    "https://www.w3.org/ns/credentials/v2",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/security/suites/ed25519-2020/v1",
    "https://w3id.org/security/multikey/v1",
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/vdl/v1",
    "https://w3id.org/vdl/aamva/v1",
    "https://w3id.org/citizenship/v4rc1",
    "https://w3id.org/vc/status-list/2021/v1",
    "https://avow.example/contexts/national-identity/v1",
    "https://avow.example/contexts/university-degree/v1",
    "https://avow.example/contexts/employment/v1",
}


def test_every_context_that_clients_use_is_bundled():
    assert set(contexts.known()) >= EXPECTED


@pytest.mark.parametrize("url", sorted(contexts.known()))
def test_a_bundled_context_is_a_context_document(url):
    assert set(contexts.load(url)) == {"@context"}


def test_a_loaded_context_is_the_callers_own():
    url = "https://www.w3.org/ns/credentials/v2"
    contexts.load(url)["@context"].clear()
    assert contexts.load(url)["@context"]


@pytest.mark.parametrize(
    "url", ["https://example.com/context", "https://www.w3.org/ns/credentials/v2#", "file:///etc/passwd", ""]
)
def test_an_unknown_context_is_refused(url):
    with pytest.raises(SchemasError) as caught:
        contexts.load(url)
    assert caught.value.code == "context.unknown"


def test_a_changed_file_is_refused():
    pinned = contexts.known()["https://www.w3.org/ns/did/v1"]
    with pytest.raises(SchemasError) as caught:
        package_data.read(pinned.file, "0" * 64)
    assert caught.value.code == "data.digest"


def test_a_missing_file_is_our_error():
    with pytest.raises(SchemasError) as caught:
        package_data.read("contexts/none.jsonld", "0" * 64)
    assert caught.value.code == "data.missing"


def test_the_manifest_names_every_file_and_its_digest():
    listed = package_data.manifest()
    root = resources.files("schemas").joinpath("data")
    named = {entry.file: entry.sha256 for entry in (*listed.contexts, *listed.schemas, *listed.examples)}
    present = {
        f"{folder}/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in ("contexts", "schemas", "examples")
        for file in root.joinpath(folder).iterdir()
    }
    assert named == present


def test_every_foreign_context_comes_with_its_terms():
    root = resources.files("schemas").joinpath("data")
    for pinned in contexts.known().values():
        if pinned.package != "avow":
            assert pinned.notice is not None
            assert root.joinpath(*pinned.notice.split("/")).read_text()


def test_our_contexts_protect_every_term_and_catch_nothing_else():
    def walk(context):
        assert context["@protected"] is True
        assert "@vocab" not in context
        for term in context.values():
            if isinstance(term, dict) and "@context" in term:
                walk(term["@context"])

    for url in contexts.known():
        if url.startswith(contexts.NAMESPACE):
            walk(contexts.load(url)["@context"])


def test_the_bundled_files_are_those_of_the_npm_packages():
    if shutil.which("node") is None or not (COLLECT / "node_modules").is_dir():
        vectors.absent("the npm packages of the contexts (run `npm ci` in schemas/data/collect)")
    run = subprocess.run(
        ["node", "collect.mjs", "--check"],
        cwd=COLLECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr


def test_the_npm_lock_names_no_host():
    assert '"resolved"' not in (COLLECT / "package-lock.json").read_text()
