"""The text of docs/specs/bbs-predicates-2026.md against code and vectors: what is cited is there."""

from __future__ import annotations

import json
import re

from tests.support.vectors import ROOT
from tests.vectors.predicates import make_vectors


def parameters():
    return json.loads((make_vectors.FOLDER / "parameters.json").read_bytes())


def spec():
    paths = sorted((ROOT / "docs" / "specs").glob("bbs-predicates-2026*.md"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_the_text_tells_where_the_vectors_are():
    text = spec()
    for path in make_vectors.FOLDER.iterdir():
        assert f"`{path.name}`" in text


def test_each_section_rule_and_step_that_the_code_cites_is_in_the_text():
    text, cited = spec(), set()
    for path in (ROOT / "zk" / "predicates").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        cited.update(re.findall(r'clause="([^"]+)"', source))
        for found in re.findall(r"(?s)[Ss]ections? (?:[0-9.,]+(?: to | and |, )?)+", source):
            cited.update(re.findall(r"[0-9]+(?:\.[0-9]+)?", found))
        cited.update(re.findall(r"\b[SRV][0-9]{1,2}\b", source))
    there = set(re.findall(r"(?m)^#{2,3} ([0-9]+(?:\.[0-9]+)?)", text))
    there.update(re.findall(r"(?m)^(?:\| |\* \*\*)([SRV][0-9]{1,2})\b", text))
    assert len(cited) > 40
    assert sorted(cited - there) == []


def test_first_generators_in_the_text_are_those_of_the_vectors():
    text = spec()
    for family in parameters()["families"].values():
        assert f"`{family['first'][0][:16]}…`" in text
    for constant in parameters()["constants"].values():
        assert f"`{constant[:16]}…`" in text
