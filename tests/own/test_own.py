"""Every own case holds, every operator that MXNet does not have has one, and the holding finds what is wrong."""

import numpy as np
import pytest
import torch

from fidelity import interface
from mxnet.ops import OPERATORS, registry
from mxnet.ops.dtype_rules import follows
from own import case
from own.case import Case, hold

CASES = case.find()
MXNET = interface.operator_names()


@pytest.mark.parametrize("name", CASES)
def test_an_own_case_holds(name):
    operator, make = CASES[name]
    hold(operator, make())


def test_every_operator_that_mxnet_does_not_have_has_a_case():
    own = {spec.name for spec in OPERATORS.values()} - MXNET
    missing = own - {operator for operator, _ in CASES.values()}
    assert not missing, f"MXNet has no {sorted(missing)}: a case in tests/own/cases says what each computes"


def test_cases_of_operators_that_mxnet_has_are_there_to_be_recorded():
    unsaid = {operator for operator, _ in CASES.values()} & MXNET - case.TO_BE_RECORDED
    assert not unsaid, f'MXNet has {sorted(unsaid)}: @of("name", to_be_recorded=True), or record a case of it'
    assert case.TO_BE_RECORDED <= MXNET


# --- the holding itself ------------------------------------------------------------------------------------------


@pytest.fixture
def operator():
    """Declares an operator that is gone after the test."""
    before, functions = set(OPERATORS), set(registry._BY_FUNCTION)
    yield registry.operator
    for name in set(OPERATORS) - before:
        del OPERATORS[name]
    for function in set(registry._BY_FUNCTION) - functions:
        del registry._BY_FUNCTION[function]


X = np.linspace(-2, 2, 6, dtype="float32").reshape(2, 3)


def declare(operator, wrong=""):
    @operator("_test_softcap")
    def softcap(data: torch.Tensor, *, cap: float) -> torch.Tensor:
        """Values softly kept between -cap and cap."""
        out = cap * torch.tanh(data / cap)
        if wrong == "values":
            out = out + 1e-3
        elif wrong == "shape":
            out = out.unsqueeze(0)
        elif wrong == "meta" and data.is_meta:
            out = out.double()
        elif wrong == "gradient":
            out = out.detach() + 0 * data
        return out

    return Case(inputs=[X], attributes={"cap": 1.5}, expected=1.5 * np.tanh(X / 1.5))


def test_a_right_operator_is_held(operator):
    hold("_test_softcap", declare(operator))


@pytest.mark.parametrize("wrong", ["values", "shape", "meta", "gradient"])
def test_a_wrong_operator_is_found(operator, wrong):
    made = declare(operator, wrong)
    with pytest.raises(AssertionError, match=f"_test_softcap.*{'' if wrong == 'values' else wrong}"):
        hold("_test_softcap", made)


def test_a_gradient_that_is_no_derivative_stands_in_the_case(operator):
    made = declare(operator, "gradient")
    made.gradients = [np.zeros_like(X)]
    hold("_test_softcap", made)


def test_several_outputs_and_inputs_without_gradients(operator):
    @operator("_test_ends", num_outputs=2, rules={"dtype": follows(0)})
    def ends(data: torch.Tensor, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return data[:, :1] * index.to(data.dtype), data[:, -1:] ** 2

    index = np.array([[2], [3]], dtype="int32")
    hold("_test_ends", Case(inputs=[X, index], expected=[X[:, :1] * index, X[:, -1:] ** 2]))
