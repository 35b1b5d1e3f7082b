"""Make the vectors of docs/specs/proof-bundle.md: `python -m tests.vectors.registry.make_vectors`.

Everything is fixed: keys are seeds of one repeated byte, times count from 2026-01-01, the chain is the
embedded one. Nothing here is a secret. A test makes them again and compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.vectors.registry import bundle_cases, receipt_cases
from tests.vectors.registry.scene import Scene

FOLDER = Path(__file__).parent
PROVENANCE = (
    "made by make_vectors.py from docs/specs/log-and-map.md and proof-bundle.md; all keys are test keys: "
    "the log's seed is 01 repeated, those of the witnesses 02 and 03, the rotated log key's 04"
)


def spliced(cases: list[dict[str, Any]], member: str) -> list[dict[str, Any]]:
    """Write each broken text as the good one that it is nearest to, with what was put in place of what."""
    whole = {case["name"]: case[member] for case in cases if "expected" in case}
    return [case if case["name"] in whole else nearest(case, member, whole) for case in cases]


def nearest(case: dict[str, Any], member: str, whole: dict[str, str]) -> dict[str, Any]:
    found = case[member]
    splices = [splice(name, base, found) for name, base in whole.items()]
    best = min(splices, key=lambda each: len(each["put"]))
    if len(best["put"]) > len(found) // 2:
        return case
    return {name: best if name == member else value for name, value in case.items()}


def splice(name: str, base: str, text_: str) -> dict[str, Any]:
    start = common(base, text_)
    end = common(base[start:][::-1], text_[start:][::-1])
    return {"of": name, "at": start, "cut": len(base) - start - end, "put": text_[start : len(text_) - end]}


def common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def unspliced(cases: list[dict[str, Any]], member: str) -> list[dict[str, Any]]:
    """The cases with their texts whole again."""
    texts = {case["name"]: case[member] for case in cases}

    def whole(found: Any) -> str:
        if isinstance(found, str):
            return found
        base = whole(texts[found["of"]])
        return base[: found["at"]] + str(found["put"]) + base[found["at"] + found["cut"] :]

    return [{**case, member: whole(case[member])} for case in cases]


def write(content: dict[str, Any]) -> str:
    return json.dumps({"provenance": PROVENANCE, **content}, indent=1, ensure_ascii=True) + "\n"


def make() -> dict[str, str]:
    """The files by name."""
    scene = Scene()
    bundles = spliced(bundle_cases.cases(scene), "bundle")
    receipts = spliced(receipt_cases.cases(scene), "receipt")
    return {
        "bundles.json": write({"inputs": scene.inputs(), "cases": bundles}),
        "receipts.json": write({"inputs": receipt_cases.inputs(scene), "cases": receipts}),
    }


if __name__ == "__main__":
    for name, content in make().items():
        (FOLDER / name).write_text(content, encoding="ascii")
