"""What holds for every test, and what tests counted: `record_property("figure", "12 of 12 …")`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

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
