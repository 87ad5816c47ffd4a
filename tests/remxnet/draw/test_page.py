"""The pictures that docs/drawings.md shows; tests/test_documentation.py runs its programs."""

import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
from PIL import Image

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "drawings.md").read_text(encoding="utf-8")


def test_its_pictures_are_there_and_small():
    links = re.findall(r"!\[(.+?)\]\((images/.+?)\)", PAGE)
    assert len(links) == 8
    for text, link in links:
        assert len(text) > 20  # what a reader hears who does not see the picture
        with Image.open(DOCS / link) as picture:
            assert picture.width > 300
        assert (DOCS / link).stat().st_size < 200_000
