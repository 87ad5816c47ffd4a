"""The operator table declares what MXNet's registry declares: names, inputs, attributes, their order and defaults."""

import math

import pytest
from operator_modules import by_module

from fidelity import interface
from fidelity.differences import OPERATORS as EXPECTED_DIFFERENCES
from mxnet.base import MXNetError
from mxnet.ops import registry
from own.case import find as own_cases

MXNET = interface.read()["operators"]
NAMES = {n: canonical for canonical, entry in MXNET.items() for n in [canonical, *entry["aliases"]]}
SPECS = {spec.name: spec for spec in registry.OPERATORS.values()}
#: operators that MXNet does not have, whose cases stand in tests/own
OWN = {operator for operator, _ in own_cases().values()} - set(NAMES)
MODULES = by_module(set(SPECS) - OWN)


def same_default(attribute, text):
    """Whether MXNet's default, a text, is the attribute's; MXNet keeps float defaults in single precision."""
    if attribute.required or text is None:
        return attribute.required and text is None
    text = text.strip("'") if text.startswith("'") else text
    if attribute.default is None and text in ("None", "", "[]"):
        return True
    try:
        theirs = attribute.parse(text, "")
        ours = attribute.parse(attribute.default, "")
    except MXNetError:
        return False
    if isinstance(theirs, tuple) and isinstance(ours, tuple):
        return len(theirs) == len(ours) and all(same_value(t, o) for t, o in zip(theirs, ours))
    return same_value(theirs, ours)


def same_value(theirs, ours):
    numbers = isinstance(theirs, (int, float)) and isinstance(ours, (int, float))
    if numbers and not isinstance(theirs, bool) and not isinstance(ours, bool):
        return math.isclose(theirs, ours, rel_tol=1e-7)
    return theirs == ours and isinstance(theirs, bool) == isinstance(ours, bool)


def declaration_differences(spec, mxnet):
    """Return a line for each way in which an operator's declaration is not MXNet's."""
    lines = []
    inputs = [*spec.input_names[:-1], "*" * spec.variadic + spec.input_names[-1]] if spec.inputs else []
    if inputs != mxnet["inputs"]:
        lines.append(f"its inputs are {inputs}, MXNet's are {mxnet['inputs']}")
    left_out = {mxnet["variadic"], "ctx" if spec.takes_device and "ctx" not in spec.attributes else None}
    theirs = {name: default for name, _, default in mxnet["attributes"] if name not in left_out}
    ours = [name for name in spec.attributes if name != mxnet["variadic"]]  # which some have to be told
    if ours != list(theirs):
        lines.append(f"its attributes are {ours}, MXNet's are {list(theirs)}")
    for name, attribute in spec.attributes.items():
        if name in theirs and not same_default(attribute, theirs[name]):
            ours = "required" if attribute.required else repr(attribute.default)
            lines.append(f"the default of {name} is {ours}, MXNet's is {theirs[name] or 'required'}")
    unknown = sorted(set(spec.aliases) - set(NAMES))
    if unknown:
        lines.append(f"MXNet has no {', '.join(unknown)}")
    for alias in spec.aliases:  # one function may stand for two of MXNet's operators if they are declared alike
        other = MXNET[NAMES[alias]] if alias in NAMES else mxnet
        if (other["inputs"], other["attributes"]) != (mxnet["inputs"], mxnet["attributes"]):
            lines.append(f"{alias} is declared otherwise in MXNet")
    return lines


@pytest.mark.parametrize("module", MODULES)
def test_operators_are_declared_as_mxnet_declares_them(module):
    wrong = []
    for name in MODULES[module]:
        if name not in NAMES:
            found = [f"MXNet has no operator {name}: a case in tests/own/cases says what it computes"]
        else:
            found = declaration_differences(SPECS[name], MXNET[NAMES[name]])
        if name not in EXPECTED_DIFFERENCES:
            wrong += [f"{name}: " + "; ".join(found)] * bool(found)
        elif not found:
            wrong.append(f"{name} no longer differs: take it out of differences.toml")
    assert not wrong, "\n".join(wrong)


def test_expected_differences_are_about_operators_of_the_table():
    assert not set(EXPECTED_DIFFERENCES) - set(SPECS)
    assert all(len(reason) > 15 for reason in EXPECTED_DIFFERENCES.values())
