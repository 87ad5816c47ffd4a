"""The page and its pictures, from records made up for the purpose."""

import re
import xml.etree.ElementTree as ElementTree

from bench import charts, report
from bench.cases import CASES
from bench.results import Record, Timing

MACHINE = {"processor": "a chip", "vector bits": 256, "cores": 2, "system": "Linux x86_64"}


def timing(median):
    return Timing.of([[median, median * 1.1]])


def records():
    made = {}
    for name in ("lenet-train", "memory", "batch-1", "batch-256"):
        case = CASES[name]
        size = 1e6 if case.unit == "bytes" else 1e-3
        timings = {each: timing(size * (2 + place)) for place, each in enumerate(case.implementations())}
        made[name] = Record("2021-01-02 03:04", timings, machine=MACHINE, versions={"PyTorch": "2"}, agreement=1e-5)
    return made


def test_quantities_come_in_the_unit_that_suits_them():
    assert [report.quantity(value, "s") for value in (2.5, 0.0123, 4.2e-6, 3e-8)] == [
        "2.5 s",
        "12.3 ms",
        "4.2 µs",
        "30 ns",
    ]
    assert [report.quantity(value, "bytes") for value in (5.44e7, 1e9)] == ["54.4 MB", "1 GB"]
    assert report.quantity(-2e-6, "s") == "-2 µs"


def test_a_row_has_the_ratio_the_target_and_whether_it_is_met():
    cells = report.row(CASES["lenet-train"], records()["lenet-train"])
    assert cells[2].startswith("3.15 ms") and cells[2].endswith("eager")
    assert cells[3] == "0.67" and cells[5] == "0.33"
    assert cells[6:] == ["PyTorch 0.65, MXNet 0.26", "**no**, **no**"]


def test_the_page_has_every_table_well_formed():
    page = report.page(records(), "# Title", "A note.")
    for block in re.findall(r"(?:^\|.*\n)+", page, flags=re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1
    for words in ("a chip, vectors of 256 bits, 2 cores", "A note.", "2021-01-02 03:04", "`mlp-train`", "batch 256"):
        assert words in page


def test_the_page_says_what_was_left_out_and_that_the_machine_was_busy():
    made = records()
    del made["lenet-train"].timings["mxnet"]
    made["lenet-train"].missing["mxnet"] = "it fell over"
    made["memory"].load = 7.5
    page = report.page(made, "# Title", "")
    assert "mxnet left out: it fell over" in page
    assert "load 7.5 on 2 cores" in page


def test_the_pictures_show_every_case_and_curve(tmp_path):
    charts.draw(tmp_path, records())
    for name in ("ratios", "growth"):
        ElementTree.parse(tmp_path / f"benchmark-{name}.svg")
    axes = charts.ratios(records()).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["lenet-train", "memory"]
    assert len(axes.patches) == 4
    assert len(charts.growth(records()).axes[0].lines) == 4


def test_without_records_there_are_no_pictures(tmp_path):
    charts.draw(tmp_path, {})
    assert list(tmp_path.iterdir()) == []
