"""What docs/reports.md tells the reader to type works, and its picture is there."""

import re
import shlex
from pathlib import Path

import pytest

from remxnet import cli

pytestmark = pytest.mark.usefixtures("warm")

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "reports.md").read_text(encoding="utf-8")


def test_its_commands_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    assert len(lines) == 4
    for line in lines:
        program, *arguments = shlex.split(line.replace("--epochs 3", "--epochs 1"))
        assert program == "remxnet"
        assert cli.main(arguments) == 0, capsys.readouterr().err
    assert (tmp_path / "runs" / "first" / "report.html").is_file()
    assert "2 runs compared" in (tmp_path / "compared.html").read_text(encoding="utf-8")


def test_its_picture_is_there_and_small():
    (link,) = re.findall(r"!\[.{40,}\]\((.+?)\)", PAGE)
    assert 0 < (DOCS / link).stat().st_size < 200_000
