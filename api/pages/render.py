"""Render a page from the packaged templates, under a policy that lets it load nothing but our style."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import jinja2
from markupsafe import Markup, escape
from starlette.responses import Response

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
ASSETS: Final = {"avow.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("api.pages", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    environment.filters["ago"] = _ago
    return environment


def _prose(text: str) -> Markup:
    """Text with `code` between backticks, escaped."""
    parts = (escape(part) for part in text.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _ago(seconds: int | None) -> str:
    """An age in whole seconds, in the unit that a person would use."""
    if seconds is None:
        return "not yet"
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} seconds ago" if seconds != 1 else "1 second ago"


def page(template: str, status: int = 200, **values: object) -> Response:
    """A rendered page."""
    html = _environment().get_template(template).render(**values)
    return Response(
        html,
        status,
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"},
        media_type="text/html; charset=utf-8",
    )


@cache
def asset(name: str) -> bytes:
    """The bytes of a bundled style or picture."""
    return (files("api.pages") / "assets" / name).read_bytes()
