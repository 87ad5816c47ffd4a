"""Checks of optimizers and of Gluon's blocks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import autograd
from ..ndarray import NDArray, random
from .comparing import assert_almost_equal, compare_ndarray_tuple
from .sparse import rand_ndarray
from .surroundings import default_context

__all__ = ["check_gluon_hybridize_consistency", "compare_optimizer"]


def compare_optimizer(
    opt1: Any,
    opt2: Any,
    shape: Any,
    dtype: Any,
    w_stype: str = "default",
    g_stype: str = "default",
    rtol: float = 1e-4,
    atol: float = 1e-5,
    compare_states: bool = True,
    ntensors: int = 1,
) -> None:
    """Raise an error unless two optimizers change random weights alike.

    Parameters
    ----------
    opt1, opt2 : Optimizer
        the optimizers
    shape : tuple of int, or list of them
        of the weights
    dtype : dtype
        of the weights
    w_stype, g_stype : str
        the storage types of weights and gradients
    rtol, atol : float
        see :func:`assert_almost_equal`
    compare_states : bool
        compare what they keep as well
    ntensors : int
        how many weights are changed at once

    Raises
    ------
    AssertionError
        a weight or a state differs
    """
    shapes = shape if isinstance(shape, list) else [shape]
    shapes = shapes * ntensors if len(shapes) == 1 else shapes
    drawn = [
        [_drawn(each, stype, low, density, dtype) for each in shapes]
        for stype, low, density in ((w_stype, 0, 1), (g_stype, -1, 0.5))
    ]
    kept = []
    for optimizer in (opt1, opt2):
        weights, grads = [[each.copy() for each in arrays] for arrays in drawn]
        keys = list(range(len(weights)))
        states = [optimizer.create_state_multi_precision(key, weight) for key, weight in zip(keys, weights)]
        if len(keys) == 1:
            optimizer.update_multi_precision(keys[0], weights[0], grads[0], states[0])
        else:
            optimizer.update_multi_precision(keys, weights, grads, states)
        kept.append((states, weights))
    if compare_states:
        for first, second in zip(kept[0][0], kept[1][0]):
            compare_ndarray_tuple(first, second, rtol=rtol, atol=atol)
    for first, second in zip(kept[0][1], kept[1][1]):
        assert_almost_equal(first, second, rtol=rtol, atol=atol)


def _drawn(shape: Any, stype: str, low: float, density: float, dtype: Any) -> NDArray:
    if stype == "default":
        return random.uniform(low, 1, shape=shape, ctx=default_context(), dtype=dtype)
    return rand_ndarray(shape, stype, density=density, dtype=dtype, ctx=default_context())


def check_gluon_hybridize_consistency(
    net_builder: Callable[[], Any],
    data_l: Sequence[NDArray],
    numpy_func: Callable[..., np.ndarray] | None = None,
    test_grad: bool = True,
    rtol: float = 1e-4,
    atol: float = 1e-4,
) -> None:
    """Raise an error unless a block gives the same, hybridized or not, in values and gradients.

    Parameters
    ----------
    net_builder : callable
        makes the block
    data_l : list of NDArray
        its inputs
    numpy_func : callable, optional
        gives what is right, from the inputs as arrays of NumPy
    test_grad : bool
        compare the gradients of parameters and inputs as well
    rtol, atol : float
        see :func:`assert_almost_equal`

    Raises
    ------
    AssertionError
        something differs
    """
    found: list[dict[str, np.ndarray]] = []
    first_values: dict[str, NDArray] = {}
    for hybridized in (False, True):
        net = net_builder()
        net.initialize()
        if hybridized:
            net.hybridize()
        inputs: list[Any] = [copy.deepcopy(each) for each in data_l]
        net(*inputs)
        parameters = net._collect_params_with_prefix()
        if not hybridized:
            first_values = {name: each.data().copy() for name, each in parameters.items()}
        for name, value in first_values.items():
            parameters[name].set_data(value)
        results = {}
        if test_grad:
            for each in inputs:
                each.attach_grad()
            with autograd.record():
                output = net(*inputs)
            output.backward()
            trained = {name: each for name, each in parameters.items() if each.grad_req != "null"}
            results.update({f"the gradient of {name}": each.grad().asnumpy() for name, each in trained.items()})
            results.update({f"the gradient of input {n}": each.grad.asnumpy() for n, each in enumerate(inputs)})
        else:
            output = net(*inputs)
        found.append({"the output": output.asnumpy(), **results})
    for name, eager in found[0].items():
        assert_almost_equal(eager, found[1][name], rtol, atol, (f"{name}, eager", f"{name}, hybridized"))
    if numpy_func is not None:
        right = numpy_func(*(each.asnumpy() for each in data_l))
        assert_almost_equal(found[0]["the output"], right, rtol, atol)
