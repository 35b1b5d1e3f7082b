"""What tests counted is printed at the end: `record_property("figure", "12 of 12 …")`."""

from __future__ import annotations


def pytest_terminal_summary(terminalreporter):
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
