"""What docs/drawings.md shows is what there is."""

import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
from PIL import Image

pytestmark = pytest.mark.usefixtures("warm")

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "drawings.md").read_text(encoding="utf-8")


def test_its_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/drawings.md", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {"window.png", "window.gif", "window.html"}
    for name in ("window.png", "window.gif"):
        with Image.open(tmp_path / name) as picture:
            picture.load()


def test_its_pictures_are_there_and_small():
    links = re.findall(r"!\[(.+?)\]\((images/.+?)\)", PAGE)
    assert len(links) == 8
    for text, link in links:
        assert len(text) > 20  # what a reader hears who does not see the picture
        with Image.open(DOCS / link) as picture:
            assert picture.width > 300
        assert (DOCS / link).stat().st_size < 200_000
