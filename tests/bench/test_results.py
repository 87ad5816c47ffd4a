"""Statistics, targets and the file of records; no time is measured here."""

import dataclasses
import json

import pytest

from bench import results
from bench.case import Case, Subject
from bench.results import Record, Timing, best_rival, verdicts


def nothing(*_arguments):
    return Subject(lambda times: None)


CASE = Case("a", "A", nothing, nothing, torch_target=0.9, mxnet_target=0.5, most=2.0, over_torch=0.5)


def record(**medians):
    timings = {name.replace("_", " "): Timing.of([[value]]) for name, value in medians.items()}
    return Record("2021-01-02 03:04", timings)


def test_a_timing_has_the_median_and_the_middle_half_of_all_samples():
    timing = Timing.of([[1.0, 2.0], [3.0, 4.0, 100.0]])
    assert (timing.median, timing.low, timing.high) == (3.0, 2.0, 4.0)
    assert timing.rounds == [1.5, 4.0]
    assert timing.samples == 5


def test_a_timing_is_divided_by_how_many_things_a_call_does():
    assert Timing.of([[8.0, 8.0]], per=4).median == 2.0


def test_the_best_of_the_rivals_counts_and_only_of_those_the_target_is_about():
    measured = record(remxnet=1.0, **{"torch eager": 3.0, "torch compile": 2.0, "torch channels-last": 4.0})
    assert best_rival(CASE, measured) == "torch compile"
    narrowed = dataclasses.replace(CASE, against=("channels-last",))
    assert best_rival(narrowed, measured) == "torch channels-last"
    assert best_rival(CASE, record(remxnet=1.0)) is None


def test_verdicts_are_ratios_of_medians_and_differences():
    found = verdicts(CASE, record(remxnet=1.8, torch_eager=2.0, mxnet=3.0))
    values = {each.about: (each.value, each.met) for each in found}
    assert values["PyTorch"] == (pytest.approx(0.9), True)
    assert values["MXNet"] == (pytest.approx(0.6), False)
    assert values["at most"] == (1.8, True)
    assert values["over PyTorch"] == (pytest.approx(-0.2), True)


def test_what_was_not_measured_is_neither_met_nor_missed():
    assert [each.met for each in verdicts(CASE, record(torch_eager=2.0))] == [None] * 4


def test_records_are_read_as_they_were_written(tmp_path):
    written = {"a": record(remxnet=1.0, mxnet=2.0)}
    written["a"].missing["torch eager"] = "left out"
    results.write(tmp_path / "deeper" / "records.json", written)
    assert results.read(tmp_path / "deeper" / "records.json") == written
    assert results.read(tmp_path / "other.json") == {}


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "cases": {}}', '{"format": 1, "cases": {"a": {"x": 1}}}'])
def test_a_file_that_holds_no_records_is_refused(tmp_path, text):
    file = tmp_path / "records.json"
    file.write_text(text)
    with pytest.raises(ValueError, match="holds no measurements of this benchmark"):
        results.read(file)
    assert file.read_text() == text


def test_the_file_is_plain_json(tmp_path):
    results.write(tmp_path / "records.json", {"a": record(remxnet=1.0)})
    document = json.loads((tmp_path / "records.json").read_text())
    assert document["cases"]["a"]["timings"]["remxnet"]["median"] == 1.0
