"""Checks of graphs on several devices and in several dtypes, and how long they take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..base import dtype_name
from ..context import Context
from ..ndarray import NDArray, array, waitall
from ..symbol import Symbol
from .comparing import assert_almost_equal, default_rtols, get_atol, get_rtol
from .surroundings import default_context

__all__ = ["check_consistency", "check_speed"]


def check_consistency(
    sym: Any,
    ctx_list: Sequence[Mapping[str, Any]],
    scale: float = 1.0,
    grad_req: Any = "write",
    arg_params: Mapping[str, np.ndarray] | None = None,
    aux_params: Mapping[str, np.ndarray] | None = None,
    rtol: Any = None,
    atol: Any = None,
    raise_on_err: bool = True,
    ground_truth: Mapping[str, NDArray] | None = None,
    equal_nan: bool = False,
    use_uniform: bool = False,
    rand_type: Any = np.float64,
) -> dict[str, NDArray]:
    """Raise an error unless a graph gives the same on several contexts and in several dtypes.

    Parameters
    ----------
    sym : Symbol or list of Symbol
        the graph, or one for each context
    ctx_list : list of dict
        a context under 'ctx', shapes by name, and dtypes by name under 'type_dict'
    scale : float
        of the values that are drawn for the arguments
    grad_req : str, or list or dict of str
        what backward does; with 'null' outputs alone are compared
    arg_params, aux_params : dict of str to numpy.ndarray, optional
        values of arguments and states, in the place of drawn ones and of zeros
    rtol, atol : float or dict of dtype to float, optional
        the tolerances; by default those of the coarser dtype
    raise_on_err : bool
        raise the error; else print it
    ground_truth : dict of str to NDArray, optional
        what is right; by default what the finest dtype gives
    equal_nan : bool
        NaN equals NaN
    use_uniform : bool
        draw from the uniform distribution instead of the normal
    rand_type : dtype
        in which values are drawn

    Returns
    -------
    dict of str to NDArray
        what is right: outputs, and gradients where there are

    Raises
    ------
    AssertionError
        something differs; or there is only one context
    """
    if len(ctx_list) < 2:
        raise AssertionError("check_consistency: ctx_list has one context; expected at least two")
    graphs = [sym] * len(ctx_list) if isinstance(sym, Symbol) else list(sym)
    names = graphs[0].list_outputs()
    if any(each.list_outputs() != names for each in graphs):
        raise AssertionError("check_consistency: the graphs have outputs of different names")
    executors = [graph.simple_bind(grad_req=grad_req, **settings) for graph, settings in zip(graphs, ctx_list)]
    arguments = dict(arg_params or {})
    for name, each in executors[0].arg_dict.items():
        if name not in arguments:
            shape = each.shape
            drawn = np.random.uniform(-0.92, 0.92, shape) if use_uniform else np.random.normal(size=shape)
            arguments[name] = (drawn * scale).astype(rand_type)
    states = {name: (aux_params or {}).get(name, 0) for name in executors[0].aux_dict}
    for executor in executors:
        for name, each in executor.arg_dict.items():
            each[:] = array(arguments[name], dtype=each.dtype) if np.ndim(arguments[name]) else arguments[name]
        for name, each in executor.aux_dict.items():
            each[:] = states[name]
        for each in executor.grad_arrays:
            if each is not None:
                each[:] = 0
    dtypes = [np.dtype(executor.outputs[0].dtype) for executor in executors]
    for executor in executors:
        executor.forward(is_train=grad_req != "null")
        dtypes[executors.index(executor)] = np.dtype(executor.outputs[0].dtype)
        if grad_req != "null":
            executor.backward(executor.outputs)
    best = int(np.argmax([dtype.itemsize for dtype in dtypes]))
    truth = dict(ground_truth) if ground_truth is not None else _results(executors[best], grad_req)
    for place, executor in enumerate(executors):
        if place == best and ground_truth is None:
            continue
        for name, value in _results(executor, grad_req).items():
            if name not in truth:
                continue
            tolerances = [given.get(dtypes[place]) if isinstance(given, Mapping) else given for given in (rtol, atol)]
            coarse = min((dtypes[place], dtypes[best]), key=lambda dtype: dtype.itemsize)
            relative = get_rtol(tolerances[0], coarse if coarse in default_rtols() else dtypes[place])
            absolute = get_atol(tolerances[1], coarse if coarse in default_rtols() else dtypes[place])
            try:
                right = truth[name].asnumpy().astype(np.dtype(value.dtype))
                assert_almost_equal(value.asnumpy(), right, relative, absolute, equal_nan=equal_nan)
            except AssertionError as error:
                text = f"check_consistency: {name} on {ctx_list[place]['ctx']} in {dtype_name(value.dtype)}: {error}"
                if raise_on_err:
                    raise AssertionError(text) from error
                print(text)
    return truth


def _results(executor: Any, grad_req: Any) -> dict[str, NDArray]:
    """Outputs, and gradients where there are, by name."""
    found = dict(executor.output_dict)
    if grad_req != "null":
        found.update({name: each for name, each in executor.grad_dict.items() if each is not None})
    return {name: each.copy() for name, each in found.items()}


def check_speed(
    sym: Symbol,
    location: Mapping[str, np.ndarray] | None = None,
    ctx: Context | None = None,
    N: int = 20,
    grad_req: Any = None,
    typ: str = "whole",
    **kwargs: Any,
) -> float:
    """Seconds of a run of a graph, the mean of `N`.

    Parameters
    ----------
    sym : Symbol
        the graph
    location : dict of str to numpy.ndarray, optional
        values of its arguments; by default drawn
    ctx : Context, optional
        where it runs
    N : int
        how often
    grad_req : str, or list or dict of str, optional
        what backward does, by default 'write'
    typ : str
        'whole' with backward, 'forward' without
    **kwargs : tuple of int
        shapes by name

    Raises
    ------
    ValueError
        `typ` is another
    """
    if typ not in ("whole", "forward"):
        raise ValueError(f"check_speed: typ={typ!r}; expected 'whole' or 'forward'")
    ctx, grad_req = ctx or default_context(), "write" if grad_req is None else grad_req
    if location is None:
        executor = sym.simple_bind(grad_req=grad_req, ctx=ctx, **kwargs)
        location = {name: np.random.normal(size=each.shape) for name, each in executor.arg_dict.items()}
    else:
        shapes: dict[str, Any] = {name: np.shape(each) for name, each in location.items()}
        executor = sym.simple_bind(grad_req=grad_req, ctx=ctx, **shapes)
    for name, value in location.items():
        executor.arg_dict[name][:] = np.asarray(value).astype(executor.arg_dict[name].dtype)

    def run() -> None:
        executor.forward(is_train=typ == "whole")
        if typ == "whole":
            executor.backward(out_grads=executor.outputs)

    run()  # what the first run makes does not count
    waitall()
    start = time.time()
    for _ in range(N):
        run()
    waitall()
    return (time.time() - start) / N
