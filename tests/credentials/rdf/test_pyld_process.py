"""The worker process: the same answers, the deadline kept, replacement, and a clean end."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from credentials.errors import CredentialError
from credentials.rdf import Limits, PyldCanonicalizer, pyld_process
from credentials.rdf.engine import Engine
from schemas import examples
from tests.support import vectors

V2 = "https://www.w3.org/ns/credentials/v2"
DOCUMENT = {
    "@context": [V2, "https://avow.example/contexts/national-identity/v1"],
    "type": ["VerifiableCredential", "NationalIdentityCredential"],
    "issuer": "did:example:issuer",
    "credentialSubject": examples.load("national-identity"),
}


@pytest.fixture(scope="module")
def canonicalizer():
    with PyldCanonicalizer() as found:
        yield found


def code_of(call, *arguments):
    with pytest.raises(CredentialError) as caught:
        call(*arguments)
    return caught.value.code


def pids(canonicalizer):
    return [worker._process.pid for worker in canonicalizer._workers if worker._process is not None]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_answers_are_the_engines(canonicalizer):
    engine = Engine(Limits(), {}, unsafe_doubles=False)
    chosen = {"a": ["/issuer"], "b": ["/credentialSubject/birthDate", "/issuer"], "none": []}
    assert canonicalizer.canonicalize(DOCUMENT) == engine.canonicalize(DOCUMENT)
    assert canonicalizer.partition(DOCUMENT, chosen) == engine.partition(DOCUMENT, chosen)


def test_errors_come_with_their_codes(canonicalizer):
    assert code_of(canonicalizer.canonicalize, {**DOCUMENT, "isAdmin": True}) == "rdf.undefined-term"
    assert code_of(canonicalizer.canonicalize, {**DOCUMENT, "name": 1.5}) == "rdf.number"
    assert code_of(canonicalizer.canonicalize, {**DOCUMENT, "name": "\x00"}) == "rdf.text"
    assert code_of(canonicalizer.partition, DOCUMENT, {"a": ["/nothing"]}) == "pointer.nothing"
    assert code_of(canonicalizer.partition, DOCUMENT, {"a": ["issuer"]}) == "pointer.malformed"
    assert code_of(canonicalizer.canonicalize, {"@context": 5, "a": 1}) == "rdf.json-ld"


def test_whatever_pyld_raises_is_our_error(canonicalizer):
    odd = {"@context": [V2, {"@propagate": False, "@version": 1.1}], "type": {"a": []}, "@graph": [[["x"]]]}
    assert code_of(canonicalizer.canonicalize, odd).startswith("rdf.")
    assert canonicalizer.canonicalize(DOCUMENT).lines


def test_one_worker_serves_many_calls():
    with PyldCanonicalizer() as canonicalizer:
        assert pids(canonicalizer) == []
        canonicalizer.canonicalize(DOCUMENT)
        first = pids(canonicalizer)
        assert len(first) == 1
        canonicalizer.canonicalize(DOCUMENT)
        assert pids(canonicalizer) == first
    assert not alive(first[0])


def test_threads_share_the_workers(canonicalizer):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(canonicalizer.canonicalize(DOCUMENT))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one == found[0] for one in found)
    assert len(pids(canonicalizer)) <= 2


def slow_document():
    """Quads within the limit, but a labelling that PyLD works on for long."""
    context = {"p": {"@id": "https://e.example/p", "@type": "@id"}}
    names = [f"_:x{number}" for number in range(8)]
    return {
        "@context": context,
        "@graph": [{"@id": name, "p": [other for other in names if other != name]} for name in names],
    }


def test_the_deadline_ends_the_worker_and_the_next_call_gets_another():
    limits = Limits(deadline_seconds=2.0, max_permutations=10**12)
    with PyldCanonicalizer(limits, workers=1) as canonicalizer:
        canonicalizer.canonicalize(DOCUMENT)
        first = pids(canonicalizer)
        started = time.monotonic()
        assert code_of(canonicalizer.canonicalize, slow_document()) == "rdf.deadline"
        assert time.monotonic() - started < 30  # it would go on for minutes
        assert not alive(first[0])
        assert canonicalizer.canonicalize(DOCUMENT).lines
        assert pids(canonicalizer) != first


def test_a_worker_that_died_is_replaced():
    with PyldCanonicalizer(workers=1) as canonicalizer:
        canonicalizer.canonicalize(DOCUMENT)
        worker = pids(canonicalizer)[0]
        os.kill(worker, 9)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert canonicalizer.canonicalize(DOCUMENT).lines


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.stdin.buffer.read(9)",
        r"import sys; sys.stdout.buffer.write(b'\0\0\0\3abc'); sys.stdout.flush(); sys.stdin.read()",
        r"import sys; sys.stdout.buffer.write(b'\0\0\0\2[]'); sys.stdout.flush(); sys.stdin.read()",
        r"import sys; sys.stdout.buffer.write(b'\0\0\0\2{}'); sys.stdout.flush(); sys.stdin.read()",
        r"import sys; sys.stdout.buffer.write(b'\xff\xff\xff\xff'); sys.stdout.flush(); sys.stdin.read()",
    ],
    ids=["ends early", "no json", "no object", "no dataset", "too long"],
)
def test_nonsense_from_a_worker_is_refused(monkeypatch, program):
    real = subprocess.Popen
    monkeypatch.setattr(
        pyld_process.subprocess,
        "Popen",
        lambda _, **options: real([sys.executable, "-c", program], **options),
    )
    with PyldCanonicalizer(workers=1) as canonicalizer:
        assert code_of(canonicalizer.canonicalize, DOCUMENT) == "rdf.worker"


def test_a_call_waits_no_longer_than_the_deadline_for_a_worker():
    with PyldCanonicalizer(Limits(deadline_seconds=0.2), workers=1) as canonicalizer:
        canonicalizer._idle.get()
        assert code_of(canonicalizer.canonicalize, DOCUMENT) == "rdf.busy"


def test_the_size_of_a_request_is_limited():
    with PyldCanonicalizer(Limits(max_bytes=100)) as canonicalizer:
        assert code_of(canonicalizer.canonicalize, DOCUMENT) == "rdf.work-limit"
        assert pids(canonicalizer) == []


def test_a_forgotten_canonicalizer_leaves_no_process():
    canonicalizer = PyldCanonicalizer()
    canonicalizer.canonicalize(DOCUMENT)
    left = pids(canonicalizer)
    del canonicalizer
    gc.collect()
    assert not alive(left[0])


def test_a_program_that_ends_leaves_no_process():
    program = (
        "import json, sys; from credentials.rdf import PyldCanonicalizer\n"
        "c = PyldCanonicalizer(); c.canonicalize(json.loads(sys.argv[1]))\n"
        "print(c._workers[-1]._process.pid)"
    )
    document = '{"@context": {"p": "https://e.example/p"}, "p": 1}'
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, document],
        cwd=vectors.ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert run.stderr == ""
    assert not alive(int(run.stdout))


def _in_child(canonicalizer, pipe):
    pipe.send((canonicalizer.canonicalize(DOCUMENT), pids(canonicalizer)))
    canonicalizer.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_uses_workers_of_its_own():
    with PyldCanonicalizer(workers=1) as canonicalizer:
        expected = canonicalizer.canonicalize(DOCUMENT)
        here, there = multiprocessing.Pipe()
        child = multiprocessing.get_context("fork").Process(target=_in_child, args=(canonicalizer, there))
        child.start()
        assert here.poll(30)
        found, theirs = here.recv()
        child.join()
        assert found == expected
        assert set(theirs).isdisjoint(pids(canonicalizer))
        assert canonicalizer.canonicalize(DOCUMENT) == expected


def test_a_context_may_be_added():
    extra = {"https://example.com/context": {"@context": {"colour": "https://example.com/colour"}}}
    document = {"@context": "https://example.com/context", "colour": "red"}
    with PyldCanonicalizer(extra_contexts=extra) as canonicalizer:
        assert canonicalizer.canonicalize(document).lines == (
            '_:c14n0 <https://example.com/colour> "red" .\n',
        )


def test_a_worker_sees_no_secret_of_the_environment(monkeypatch):
    monkeypatch.setenv("AVOW_SECRET", "canary")
    with PyldCanonicalizer(workers=1) as canonicalizer:
        canonicalizer.canonicalize(DOCUMENT)
        environment = Path(f"/proc/{pids(canonicalizer)[0]}/environ")
        if environment.exists():
            assert b"canary" not in environment.read_bytes()


def test_no_other_hash_than_it_has(canonicalizer):
    with pytest.raises(CredentialError) as caught:
        canonicalizer.canonicalize(DOCUMENT, hash_name="sha384")
    assert caught.value.code == "rdf.hash"
