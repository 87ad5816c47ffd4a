"""What docs/compare.md shows works, and `make comparison` finds the place for its results there."""

import importlib.util
import re
from pathlib import Path

import pytest

from remxnet import cli
from remxnet.experiments.compare import compare

pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")


def tool():
    spec = importlib.util.spec_from_file_location("tools_comparison", ROOT / "tools" / "comparison.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.usefixtures("fewer_images")
def test_the_family_on_the_page_is_the_examples_and_can_be_compared(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (family,) = re.findall(r"```python\n(from remxnet.experiments.families .*?)```", PAGE, re.DOTALL)
    assert (ROOT / "examples" / "residual.py").read_text(encoding="utf-8").endswith(f"\n\n{family}")
    commands = re.findall(r"^remxnet (compare .*\.py.*)$", PAGE, re.MULTILINE)
    assert commands == ["compare conv-pool examples/residual.py:residual --budget 20000"]
    shortened = ["--epochs", "1", "--seeds", "1", "--data", "sample", "--output", str(tmp_path / "out")]
    assert cli.main([*commands[0].split(), *shortened]) == 0
    out = capsys.readouterr().out
    parameters = re.findall(r"^(?:residual|conv-pool) +([\d,]+) ", out, re.MULTILINE)
    assert len(parameters) == 2
    assert all(abs(int(number.replace(",", "")) - 20_000) <= 100 for number in parameters)


def test_the_results_on_the_page_are_replaced_and_nothing_else(tmp_path):
    page = tool().with_results(PAGE, "the table\n")
    assert "<!-- results: begin -->\nthe table\n<!-- results: end -->" in page
    assert tool().with_results(page, "") == tool().with_results(PAGE, "")
    for heading in re.findall(r"^## .*", PAGE, re.MULTILINE):
        assert heading in page


def test_the_tool_writes_table_and_figure(tmp_path, monkeypatch):
    module = tool()
    (tmp_path / "compare.md").write_text(PAGE)
    compare(["mlp"], 3000, epochs=1, seeds=1, data="sample", output=tmp_path / "run")
    monkeypatch.setattr(module, "PAGE", tmp_path / "compare.md")
    monkeypatch.setattr(module, "FIGURE", tmp_path / "images" / "compare.png")
    monkeypatch.setattr(module.sys, "argv", ["comparison.py", str(tmp_path / "run")])
    module.main()
    assert "| mlp | 2,995 | 2,937 |" in (tmp_path / "compare.md").read_text()
    assert (tmp_path / "images" / "compare.png").read_bytes().startswith(b"\x89PNG")
