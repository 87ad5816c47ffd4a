"""A case of an operator whose values NumPy tells, and what it is held to.

One case checks an operator everywhere it can be called: as a function of arrays and of symbols, in a graph that went
through a file, on the meta device, and its gradients against differences of its own values in double precision.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import mxnet as mx
from mxnet.ndarray.invoke import invoke
from mxnet.ops import OPERATORS
from mxnet.ops.registry import OpSpec
from mxnet.symbol.call import compose

CASES: dict[str, tuple[str, Callable[[], Case]]] = {}
#: operators that MXNet has, which somebody with MXNet 1.9.1 is to record, by name
TO_BE_RECORDED: set[str] = set()


@dataclass
class Case:
    """A call and what it gives.

    Parameters
    ----------
    inputs : sequence of array
        the array inputs; those of floats are differentiated
    expected : array or sequence of array
        the outputs, as NumPy computes them
    attributes : dict
        the operator's attributes
    gradients : sequence of array, optional
        of the sum of all outputs to each input, where the operator's gradient is not the derivative of its values; None
        for an input that has none
    differentiable : bool
        whether it has gradients at all
    rtol, atol : float
        how far float32 may be from `expected`
    """

    inputs: Sequence[np.ndarray]
    expected: Any
    attributes: dict[str, Any] = field(default_factory=dict)
    gradients: Sequence[np.ndarray | None] | None = None
    differentiable: bool = True
    rtol: float = 1e-5
    atol: float = 1e-6


def of(operator: str, to_be_recorded: bool = False) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    """Register a case of an operator.

    Parameters
    ----------
    operator : str
        its name in the table
    to_be_recorded : bool
        MXNet has this operator, and who wrote the case had no MXNet to record it with
    """

    def register(make: Callable[[], Case]) -> Callable[[], Case]:
        CASES[f"{operator}::{make.__name__}"] = operator, make
        if to_be_recorded:
            TO_BE_RECORDED.add(operator)
        return make

    return register


def find() -> dict[str, tuple[str, Callable[[], Case]]]:
    """Every case in the files beside."""
    folder = importlib.import_module("own.cases")
    for module in pkgutil.iter_modules(folder.__path__, "own.cases."):
        importlib.import_module(module.name)
    return CASES


def hold(operator: str, case: Case) -> None:
    """Hold an operator to a case.

    Raises
    ------
    AssertionError
        it does not give what the case says, and where
    """
    spec = OPERATORS[operator]
    expected = list(case.expected) if isinstance(case.expected, (list, tuple)) else [np.asarray(case.expected)]
    arrays = [mx.nd.array(each, dtype=each.dtype) for each in case.inputs]
    outputs = _listed(invoke(spec, arrays, case.attributes))
    assert len(outputs) == len(expected), f"{operator}: {len(outputs)} outputs, expected {len(expected)}"
    for place, (output, wanted) in enumerate(zip(outputs, expected)):
        where = f"{operator}: output {place}"
        assert output.shape == wanted.shape, f"{where} has shape {output.shape}, expected {wanted.shape}"
        np.testing.assert_allclose(output.asnumpy(), wanted, case.rtol, case.atol, err_msg=where)
    _hold_graph(spec, case, outputs)
    _hold_meta(spec, case, outputs)
    if case.differentiable:
        _hold_gradients(spec, case)


def _listed(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def _hold_graph(spec: OpSpec, case: Case, outputs: list[Any]) -> None:
    variables = [mx.sym.Variable(f"x{place}") for place in range(len(case.inputs))]
    symbol = compose(spec, spec.name, spec.name.lower(), variables, case.attributes)
    values = {f"x{place}": mx.nd.array(each, dtype=each.dtype) for place, each in enumerate(case.inputs)}
    for graph, what in ((symbol, "as a graph"), (mx.sym.load_json(symbol.tojson()), "as a graph from a file")):
        found = graph.bind(mx.cpu(), values).forward()
        assert len(found) == len(outputs), f"{spec.name} {what}: {len(found)} outputs, expected {len(outputs)}"
        for one, other in zip(found, outputs):
            assert one.dtype == other.dtype, f"{spec.name} {what}: {one.dtype}, eagerly {other.dtype}"
            np.testing.assert_array_equal(one.asnumpy(), other.asnumpy(), f"{spec.name} {what}")


def _hold_meta(spec: OpSpec, case: Case, outputs: list[Any]) -> None:
    if spec.host:  # what reads elements may have none to read
        return
    tensors = [torch.from_numpy(np.array(each)).to("meta") for each in case.inputs]
    results = _listed(spec.function(*tensors, **spec.parse(case.attributes)))
    found = [(tuple(each.shape), each.dtype) for each in results]
    wanted = [(each.shape, each.as_torch().dtype) for each in outputs]
    assert found == wanted, f"{spec.name} on the meta device: {found}, expected {wanted}"


def _hold_gradients(spec: OpSpec, case: Case) -> None:
    """Of the outputs weighted differently, so that no two elements can be mistaken for each other."""
    arrays = [mx.nd.array(each, dtype="float64" if each.dtype.kind == "f" else each.dtype) for each in case.inputs]
    floating = [array for array in arrays if np.dtype(array.dtype).kind == "f"]

    def weighted() -> Any:
        total = 0
        for number, output in enumerate(_listed(invoke(spec, arrays, case.attributes))):
            output = output.astype("float64")
            if case.gradients is None:
                weights = np.cos(np.arange(output.size) + number).reshape(output.shape)
                output = output * mx.nd.array(weights, dtype="float64")
            total = total + output.sum()
        return total

    for array in floating:
        array.attach_grad()
    with mx.autograd.record():
        loss = weighted()
    loss.backward()
    wanted = list(case.gradients or (_differences(weighted, array) for array in floating))
    for place, (array, gradient) in enumerate(zip(floating, wanted)):
        if gradient is not None:
            np.testing.assert_allclose(
                array.grad.asnumpy(), gradient, 1e-4, 1e-6, err_msg=f"{spec.name}: gradient of floating input {place}"
            )


def _differences(function: Callable[[], Any], array: Any, step: float = 1e-5) -> np.ndarray:
    """The derivatives of a function to every element, by central differences."""
    start = array.asnumpy()
    found = np.zeros_like(start)
    for place in np.ndindex(start.shape):
        sides = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * step
            array[:] = moved
            sides.append(function().asscalar())
        found[place] = (sides[0] - sides[1]) / (2 * step)
    array[:] = start
    return found
