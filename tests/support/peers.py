"""Independent implementations from npm: one Node process per conversation, without network."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any, NamedTuple

from tests.support import vectors

FOLDER = vectors.ROOT / "tests" / "interop"


class Answer(NamedTuple):
    """What a peer answered to one task: a value, or the text of its error."""

    value: Any
    error: str | None


def ask(
    script: str, tasks: dict[str, Any], given: dict[str, Any] | None = None, *, seconds: int = 60
) -> dict[str, Answer]:
    """Let a peer do all tasks, `{name: {"do": verb, …}}`; skips or fails where peers are not installed."""
    if shutil.which("node") is None or not (FOLDER / "node_modules").is_dir():
        vectors.absent("the npm peers (run `npm ci --prefix tests/interop`)")
    done = subprocess.run(
        ["node", f"peers/{script}.mjs"],
        cwd=FOLDER,
        input=json.dumps({"given": given or {}, "tasks": tasks}),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    answers = {name: answer_of(item) for name, item in json.loads(done.stdout).items()}
    assert answers.keys() == tasks.keys()
    return answers


def answer_of(item: dict[str, Any]) -> Answer:
    """Read `{value}` or `{error}`."""
    return Answer(item.get("value"), item.get("error"))


def values(answers: dict[str, Answer]) -> dict[str, Any]:
    """The values alone; an error fails the test."""
    assert {name: answer.error for name, answer in answers.items() if answer.error is not None} == {}
    return {name: answer.value for name, answer in answers.items()}
