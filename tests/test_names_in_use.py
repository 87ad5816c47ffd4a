"""Everything that two or more real programs use is here, or on a short list with its reason."""

import importlib

import in_use
import pytest


@pytest.mark.parametrize("module", in_use.MODULES)
def test_a_module_that_programs_import_is_here(module):
    assert importlib.import_module(module).__name__.startswith("mxnet")


def test_names_that_programs_use_are_here():
    lacking = {name: what for name in in_use.NAMES if (what := in_use.lacking(name))}
    assert lacking.keys() == in_use.NOT_HERE.keys()
    for name, reason in in_use.NOT_HERE.items():
        assert len(reason) > 20, name
