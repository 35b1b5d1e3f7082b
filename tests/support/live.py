"""A real service in another process, for tests that speak HTTP or run the command line."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.journey.process import ServiceProcess, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def live_service(directory: Path, **settings: str) -> Iterator[ServiceProcess]:
    """Start a service with its data under `directory`, wait until it is ready, stop it at the end."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
    environment = plain | {f"AVOW_{name.upper()}": text for name, text in settings.items()}
    with ServiceProcess(directory / "data", free_port(), environment=environment) as process:
        process.wait_ready()
        yield process
        assert not process.ended(), f"the service ended by itself: {process.last_words()}"
