"""What holds for every test, and what tests counted: `record_property("figure", "12 of 12 …")`."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# A shell starts what runs in the background with interrupts ignored, and every child would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Speed is not what tests are about: a busy machine draws and runs slowly.
settings.register_profile("avow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("avow")


def pytest_terminal_summary(terminalreporter):
    """Print the figures at the end."""
    figures = [
        (report.nodeid.split("::")[-1], value)
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        for test, value in figures:
            terminalreporter.write_line(f"{test}: {value}")
