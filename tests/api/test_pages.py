"""The pages: served from here alone, readable without script."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from .conftest import world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("pages")) as running:
        yield running


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.targets, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for name, value in attrs:
            if name in {"src", "href", "action"}:
                self.targets.append((tag, value))
            if name == "id":
                self.ids.append(value)


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_pages_load_nothing_from_elsewhere_and_need_no_script(avow, path):
    answer = await avow.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in answer.headers["content-security-policy"]
    page = Page(answer.text)
    assert not [tag for tag, _ in page.tags if tag in {"script", "iframe", "object", "embed"}]
    assert not [attrs for _, attrs in page.tags if any(a.startswith("on") or a == "style" for a in attrs)]
    for tag, target in page.targets:
        if target.startswith("#"):
            assert target[1:] in page.ids
        else:
            assert target.startswith("/"), (tag, target)
            assert (await avow.client.get(target)).status_code == 200, target


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_pages_are_accessible_in_form(avow, path):
    page = Page((await avow.client.get(path)).text)
    assert dict(page.tags)["html"]["lang"] == "en"
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert any(tag == "main" for tag, _ in page.tags)
    assert any(attrs.get("name") == "viewport" for tag, attrs in page.tags if tag == "meta")
    assert all("alt" in attrs for tag, attrs in page.tags if tag == "img")
    assert any(attrs.get("class") == "skip" for tag, attrs in page.tags if tag == "a")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert len(page.ids) == len(set(page.ids))


async def test_the_style_serves_dark_rooms_and_small_screens(avow):
    style = (await avow.client.get("/assets/avow.css")).text
    assert "prefers-color-scheme: dark" in style
    assert "color-scheme: light dark" in style
    assert "max-width" in style
    assert "http" not in style


async def test_the_reference_shows_every_operation(avow):
    description = (await avow.client.get("/openapi.json")).json()
    text = (await avow.client.get("/docs")).text
    for path, item in description["paths"].items():
        assert f"{path}</code>" in text
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in text


async def test_the_description_is_true_about_errors_and_security(avow):
    description = (await avow.client.get("/openapi.json")).json()
    assert description["openapi"] == "3.1.0"
    assert "HTTPValidationError" not in str(description)
    for item in description["paths"].values():
        for operation in item.values():
            assert "422" not in operation["responses"]
            content = operation["responses"]["4XX"]["content"]
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
            assert operation["summary"]
            assert operation["description"]


async def test_the_start_page_tells_how_the_log_stands(avow):
    made = await avow.post("/dids", {"name": "page"}, status=201)
    text = (await avow.client.get("/")).text
    assert "Hosted DIDs</dt><dd>1<" in text
    assert "Witnesses</dt><dd>none<" in text
    for state in ("logged", "sealed", "anchored", "final"):
        assert re.search(rf'<th scope="row">{state}</th><td>\d+</td>', text), state
    assert '<th scope="row">cosigned' not in text
    assert "bootstrap-client.json" in text
    assert avow.bootstrap[1] not in text
    assert made


async def test_a_public_url_with_a_path_is_served_and_linked_with_it(tmp_path):
    async with world(tmp_path, public_url="https://id.example/avow") as avow:
        made = await avow.post("/dids", {"name": "deep"}, status=201)
        assert made["did"].endswith(":id.example:avow:dids:deep")
        page = await avow.client.get("/")  # the client's base has the path already
        assert 'href="/avow/docs"' in page.text
        bare = await avow.client.get("https://id.example/dids/deep/did.jsonl")  # as a proxy may pass it on
        assert bare.status_code == 200
        assert "max-age" in page.headers["strict-transport-security"]
