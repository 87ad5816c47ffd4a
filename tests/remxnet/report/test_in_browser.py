"""The report in headless Chromium: everything is there, nothing is missing, and a phone can show it."""

import re

import pytest

from remxnet.report import write_report

from .browser import look

SECTIONS = "confusion classes mistakes kernels maps layers settings environment".split()


def check(measured, width):
    assert measured["problems"] == []
    assert measured["console"] == []
    assert measured["width"] == width
    assert measured["scrollWidth"] == width
    assert measured["outside"] == []
    assert all(image["shown"] > 0 and image["wide"] > 0 and image["alt"] for image in measured["images"])
    for chart in measured["charts"]:
        assert chart["paths"] > 5
        assert chart["wide"] > 200 and chart["high"] > 100
        assert "epoch" in chart["text"]
        assert chart["smallest"] >= 12
        assert "over the epochs" in chart["label"]
    assert len(set(measured["ids"])) == len(measured["ids"])
    assert {link.removeprefix("#") for link in measured["links"]} <= set(measured["ids"])


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1200, True)])
def test_a_report_on_one_run(runs, tmp_path, width, dark):
    page = write_report([runs.convolutional], tmp_path / "report.html")
    measured = look(page, tmp_path, width, dark)
    check(measured, width)
    assert measured["dark"] == dark
    assert measured["title"] == "lenet-relu on sample"
    assert len(measured["charts"]) == 2
    assert len(measured["images"]) == 24 + 1 + 1 + 7  # mistakes, kernels, the image, its way through seven layers
    assert {f"run-1-{section}" for section in SECTIONS} <= set(measured["ids"])
    for heading in ("Confusion matrix", "Most confident mistakes", "Feature maps", "Environment"):
        assert heading in measured["text"]


def test_a_report_on_several_runs(runs, tmp_path):
    page = write_report([runs.convolutional, runs.dense], tmp_path / "both.html")
    measured = look(page, tmp_path, 390)
    check(measured, 390)
    assert measured["title"] == "2 runs compared"
    assert len(measured["charts"]) == 3  # one of them has a schedule, so the learning rate is drawn
    assert "convolutional, test" in measured["charts"][0]["label"]
    assert "dense, training" in measured["charts"][0]["label"]
    assert {f"run-{run}-{section}" for run in (1, 2) for section in SECTIONS} <= set(measured["ids"])


def test_names_from_files_are_text(runs, tmp_path):
    page = write_report([runs.odd], tmp_path / "odd.html")
    measured = look(page, tmp_path, 390)
    check(measured, 390)
    assert "<img src=x onerror=alert(1)>" in measured["text"]
    assert '{{ 7 * 7 }} & "quoted"' in measured["text"]
    assert not re.search(r"<(img src=x|script)", page.read_text(encoding="utf-8"))
