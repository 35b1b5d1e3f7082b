"""Walk all chapters against one service, show them, and say whether everything was as expected."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.holder import cryptosuites
from api.journey import anchoring, attacks, issuing, presenting, report
from api.journey.display import LiveDisplay, PlainDisplay
from api.journey.facts import asking, enrolling, lying
from api.journey.runner import run
from api.journey.stage import Stage, new_tag
from api.system import System

if TYPE_CHECKING:
    from api.cli.output import Output
    from api.client.service_client import ServiceClient

CHAPTERS = (
    anchoring.CHAPTER,
    issuing.CHAPTER,
    presenting.CHAPTER,
    attacks.CHAPTER,
    enrolling.CHAPTER,
    asking.CHAPTER,
)


def walk(service: ServiceClient, out: Output, *, stays_up: bool, waits: bool = False) -> bool:
    """Walk the journey; true if every step and every refusal was as expected.

    With `waits` it sees the next epoch of the revocation list, which must be a matter of seconds then.
    """
    chapters = (*CHAPTERS, lying.PATIENT_CHAPTER if waits else lying.CHAPTER)
    system = System()
    display = LiveDisplay(out) if out.human.is_terminal else PlainDisplay(out)
    planned = sum(len(chapter.steps) for chapter in chapters)
    with ExitStack() as closing:
        directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="avow-holder-")))
        suites = cryptosuites()
        stage = Stage(service, system, suites, directory, new_tag(system), closing)
        outcomes = run(chapters, stage, display)
    did = stage.issuer
    ok = report.summarise(out, outcomes, planned)
    if stays_up:
        report.show_links(out, report.links(service, did))
    else:
        out.next("avow run    the same, and the service stays up to look around")
    out.result(report.as_json(service, outcomes, planned, did))
    return ok
