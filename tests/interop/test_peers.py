"""The peers themselves: pinned by digest, from no particular host, and without network."""

from __future__ import annotations

import json

from tests.support.peers import FOLDER, ask


def test_peers_get_no_connection():
    answers = ask("connect", {way: {"do": way} for way in ("fetch", "https", "jsonld")})
    assert {way: "a peer asked for a connection" in answer.error for way, answer in answers.items()} == {
        "fetch": True,
        "https": True,
        "jsonld": True,
    }


def test_the_lock_names_no_host_and_pins_every_package_by_digest():
    lock = json.loads((FOLDER / "package-lock.json").read_bytes())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name for name, package in packages.items() if not package["integrity"].startswith("sha512-")
    ] == []
    assert "://" not in json.dumps(lock)
    wanted = json.loads((FOLDER / "package.json").read_bytes())["dependencies"]
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
