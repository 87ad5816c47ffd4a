"""The cases by which ONNX holds a backend: some of them; `python -m tests.node_cases` goes through all."""

import random
import sys

import pytest
from node_cases import TABLE, cases, groups, outcome

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

onnx = pytest.importorskip("onnx")
WRITTEN = tomllib.loads(TABLE.read_text(encoding="utf-8"))
REFUSED = {name for each in WRITTEN["reasons"] for name in each["cases"]}
#: groups whose cases take a second to make, or longer
LONG = {"attention", "cast", "castlike", "convinteger", "image_decoder", "negativeloglikelihoodloss", "resize"}
ALWAYS = ["if_", "if", "loop", "scan", "gru", "lstm", "nonmaxsuppression", "slice", "mod"]


def test_the_table_knows_no_wrong_number():
    assert (WRITTEN["wrong"], WRITTEN["broken"]) == (0, 0)
    assert WRITTEN["equal"] > 1400 and WRITTEN["refused"] == len(REFUSED)


def test_cases_are_computed_or_refused():
    there = [name for name in groups() if name not in LONG]
    always = [name for name in ALWAYS if name in groups()]  # which depends on the package's version
    for group in [*always, *random.sample(sorted({*there} - {*ALWAYS}), 6)]:
        for case in cases(group):
            found = outcome(case)
            # another version of the package has other cases
            known = onnx.__version__ != WRITTEN["onnx"] or (case.name in REFUSED) == (found.kind == "refused")
            assert found.kind in ("equal", "refused") and known, f"{case.name}: {found}"
