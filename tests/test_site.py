"""The documentation's site builds without a warning, its links lead somewhere, and it fetches nothing."""

import logging
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from remxnet import cli

ROOT = Path(__file__).parent.parent


class Page(HTMLParser):
    """What a page refers to, what it loads, and the places it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.places, self.text = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.places |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.loads.append(values["src"])
        elif tag == "link" and values.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(values["href"])

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built pages by file."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    target = tmp_path_factory.mktemp("site")
    warnings = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warnings.append(record.getMessage())
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    try:
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(target)))
    finally:
        logger.removeHandler(handler)
    assert warnings == []
    return {path: Page(path.read_text(encoding="utf-8")) for path in target.rglob("*.html")}


@pytest.mark.filterwarnings("default")  # mkdocs and its plugins have deprecations of their own
def test_links_lead_somewhere_and_nothing_is_fetched(site):
    assert len(site) > 20
    broken = []
    for path, page in site.items():
        for target in [*page.links, *page.loads]:
            address = urlsplit(target)
            if address.scheme or address.netloc:
                if target in page.loads or address.scheme not in ("http", "https", "mailto"):
                    broken.append((path.name, target))
                continue
            if path.name == "404.html":
                continue  # its links are made for the root of a server
            file = (path.parent / unquote(address.path)).resolve() if address.path else path
            if not file.is_file():
                broken.append((path.name, target))
            elif address.fragment and file in site:
                places = site[file].places
                if unquote(address.fragment) not in places and address.fragment not in ("__skip",):
                    broken.append((path.name, target))
    assert broken == []


@pytest.mark.filterwarnings("default")
def test_every_operator_has_its_place(site):
    from mxnet.ops.registry import OPERATORS

    places = set().union(*(page.places for path, page in site.items() if path.parent.name == "operators"))
    assert {spec.name for spec in OPERATORS.values()} <= places
    convolution = next(page for path, page in site.items() if path.name == "convolution.html")
    text = " ".join("".join(convolution.text).split())
    for part in ("nd.Convolution(", "num_filter", "floor((length + 2 pad", ">>> mx.nd.Convolution(x, w, kernel=(2, 2)"):
        assert part in text


@pytest.mark.filterwarnings("default")
def test_every_subcommand_has_its_help(site):
    page = next(page for path, page in site.items() if path.name == "command-line.html")
    text = " ".join("".join(page.text).split())
    for name in cli.COMMANDS:
        assert text.count(f"usage: remxnet {name} [-h]") == 1
        assert f"remxnet-{name}" in page.places
        assert f"remxnet-{name}_1" not in page.places
