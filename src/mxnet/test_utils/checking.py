"""Checks of graphs: outputs and gradients against what is expected, and against differences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..context import Context
from ..ndarray import NDArray, array, zeros
from ..symbol import Symbol, make_loss, var
from .comparing import assert_almost_equal, default_numeric_eps
from .surroundings import default_context

__all__ = [
    "check_numeric_gradient", "check_symbolic_backward", "check_symbolic_forward", "numeric_grad",
    "same_symbol_structure", "simple_forward",
]  # fmt: skip


def _parse_location(sym: Symbol, location: Any, ctx: Context, dtype: Any = np.float32) -> dict[str, NDArray]:
    """Values of a graph's arguments by name, as arrays of a dtype.

    Raises
    ------
    ValueError
        the names, or their number, are not the graph's
    """
    return _parsed(sym.list_arguments(), location, ctx, dtype, "location")


def _parse_aux_states(sym: Symbol, aux_states: Any, ctx: Context, dtype: Any = np.float32) -> dict[str, NDArray] | None:
    """Values of a graph's auxiliary states by name, as arrays of a dtype; None for none."""
    return None if aux_states is None else _parsed(sym.list_auxiliary_states(), aux_states, ctx, dtype, "aux_states")


def _parsed(names: Sequence[str], given: Any, ctx: Context, dtype: Any, what: str) -> dict[str, NDArray]:
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise ValueError(f"{what} has {', '.join(sorted(given))}; the graph {', '.join(sorted(names))}")
        values = dict(given)
    else:
        if len(given) != len(names):
            raise KeyError(f"{what} has {len(given)} values; the graph takes {len(names)}: {', '.join(names)}")
        values = dict(zip(names, given))
    return {name: _array(value, ctx, dtype) for name, value in values.items()}


def _array(value: Any, ctx: Context, dtype: Any) -> NDArray:
    """An array on a context; what is none yet becomes one of a dtype, or of its own for 'asnumpy'."""
    if isinstance(value, NDArray):
        return value.as_in_context(ctx)
    return array(value, ctx=ctx, dtype=value.dtype if isinstance(dtype, str) and dtype == "asnumpy" else dtype)


def simple_forward(sym: Symbol, ctx: Context | None = None, is_train: bool = False, **inputs: Any) -> Any:
    """What a graph gives for arrays by name, as arrays of NumPy; of one output the array itself."""
    executor = sym.bind(ctx or default_context(), {name: array(value) for name, value in inputs.items()})
    executor.forward(is_train=is_train)
    outputs = [output.asnumpy() for output in executor.outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def check_symbolic_forward(
    sym: Symbol,
    location: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    aux_states: Any = None,
    ctx: Context | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> list[NDArray]:
    """Raise an error unless a graph gives what is expected.

    Parameters
    ----------
    sym : Symbol
        the graph
    location : list or dict of array
        values of its arguments
    expected : list or dict of array
        values of its outputs
    rtol, atol : float, optional
        see :func:`assert_almost_equal`
    aux_states : list or dict of array, optional
        values of its auxiliary states
    ctx : Context, optional
        where it runs
    equal_nan : bool
        NaN equals NaN
    dtype : dtype
        of the arguments

    Returns
    -------
    list of NDArray
        the outputs

    Raises
    ------
    AssertionError
        an output differs
    ValueError, KeyError
        values of others than the graph's arguments or outputs
    """
    ctx = ctx or default_context()
    values, states = _parse_location(sym, location, ctx, dtype), _parse_aux_states(sym, aux_states, ctx, dtype)
    if isinstance(expected, Mapping):
        expected = [expected[name] for name in sym.list_outputs()]
    executor = sym.bind(ctx, values, aux_states=states)
    executor.forward(is_train=False)
    for name, wanted, output in zip(sym.list_outputs(), expected, executor.outputs):
        names = f"EXPECTED_{name}", f"FORWARD_{name}"
        assert_almost_equal(wanted, output.asnumpy(), rtol, atol, names, equal_nan=equal_nan)
    return executor.outputs


def check_symbolic_backward(
    sym: Symbol,
    location: Any,
    out_grads: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    aux_states: Any = None,
    grad_req: Any = "write",
    ctx: Context | None = None,
    grad_stypes: Any = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> dict[str, NDArray]:
    """Raise an error unless a graph has the gradients that are expected.

    Parameters
    ----------
    sym : Symbol
        the graph
    location : list or dict of array
        values of its arguments
    out_grads : array, or list or dict of array
        gradients of its outputs
    expected : list or dict of array
        gradients of its arguments; of a dict, those alone
    grad_req : str, or list or dict of str
        'write', 'add' (to numbers drawn at random) or 'null'
    grad_stypes
        the storage types of gradients by name; 'default' for others
    rtol, atol, aux_states, ctx, equal_nan, dtype
        see :func:`check_symbolic_forward`

    Returns
    -------
    dict of str to NDArray
        the gradients

    Raises
    ------
    AssertionError
        a gradient differs
    """
    ctx = ctx or default_context()
    values, states = _parse_location(sym, location, ctx, dtype), _parse_aux_states(sym, aux_states, ctx, dtype)
    if not isinstance(expected, Mapping):
        expected = dict(zip(sym.list_arguments(), expected))
    before = {name: np.random.normal(size=np.shape(wanted)) for name, wanted in expected.items()}
    gradients = {
        name: array(value, ctx=ctx, dtype=values[name].dtype).tostype((grad_stypes or {}).get(name) or "default")
        for name, value in before.items()
    }
    if isinstance(grad_req, str):
        requests = dict.fromkeys(sym.list_arguments(), grad_req)
    elif isinstance(grad_req, Mapping):
        requests = dict(grad_req)
    else:
        requests = dict(zip(sym.list_arguments(), grad_req))
    executor = sym.bind(ctx, values, args_grad=gradients, aux_states=states, grad_req=requests)
    executor.forward(is_train=True)
    executor.backward(_heads(sym, out_grads, ctx, dtype))
    for name, wanted in expected.items():
        found, request = gradients[name].asnumpy(), requests.get(name, "null")
        wanted = wanted.asnumpy() if isinstance(wanted, NDArray) else wanted
        start = array(before[name], dtype=values[name].dtype).asnumpy()
        if request == "write":
            compared, kind = found, "BACKWARD"
        elif request == "add":
            compared, kind = found - start, "BACKWARD"
        else:  # nothing was to be written
            wanted, compared, kind = start, found, "BACKWARD"
        names = f"EXPECTED_{name}", f"{kind}_{name}"
        assert_almost_equal(wanted, compared, rtol, atol, names, equal_nan=equal_nan)
    return gradients


def _heads(sym: Symbol, given: Any, ctx: Context, dtype: Any) -> Any:
    """Gradients of outputs as arrays."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        given = [given[name] for name in sym.list_outputs()]
    elif isinstance(given, (np.ndarray, NDArray)):
        given = [given]
    return [_array(each, ctx, dtype) for each in given]


def numeric_grad(
    executor: Any,
    location: Mapping[str, np.ndarray],
    aux_states: Mapping[str, np.ndarray] | None = None,
    eps: float = 1e-4,
    use_forward_train: bool = True,
    dtype: Any = np.float32,
) -> dict[str, np.ndarray]:
    """Differences of the sum of an executor's first output, for each element of its arguments.

    Parameters
    ----------
    executor : Executor
        what is computed
    location : dict of str to numpy.ndarray
        values of its arguments
    aux_states : dict of str to numpy.ndarray, optional
        values of its auxiliary states, set before each run
    eps : float
        how far apart the two values of an element are
    use_forward_train : bool
        in training mode
    dtype : dtype
        of the result

    Returns
    -------
    dict of str to numpy.ndarray
        the differences over `eps`; zeros for whole numbers
    """
    for name, value in location.items():
        executor.arg_dict[name][:] = value

    def total() -> np.ndarray:
        for name, value in (aux_states or {}).items():
            executor.aux_dict[name][:] = value
        executor.forward(is_train=use_forward_train)
        return executor.outputs[0].asnumpy().astype(np.float64)

    found = {}
    for name, value in location.items():
        value = np.asarray(value)
        result = np.zeros(value.shape, dtype=dtype)
        found[name] = result
        if np.dtype(executor.arg_dict[name].dtype).kind not in "fV":
            continue
        flat = np.array(value, order="C").reshape(-1)
        for place in range(flat.size):
            values = []
            for step in (eps / 2, -eps / 2):
                moved = flat.copy()
                moved[place] += step
                executor.arg_dict[name][:] = moved.reshape(value.shape)
                values.append(total())
            result.reshape(-1)[place] = (values[0] - values[1]).sum() / eps
        executor.arg_dict[name][:] = value
    return found


def check_numeric_gradient(
    sym: Symbol,
    location: Any,
    aux_states: Any = None,
    numeric_eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    grad_nodes: Any = None,
    use_forward_train: bool = True,
    ctx: Context | None = None,
    grad_stype_dict: Mapping[str, str] | None = None,
    dtype: Any = np.float32,
) -> None:
    """Raise an error unless a graph's gradients are the differences of its output, summed up with random weights.

    Parameters
    ----------
    sym : Symbol
        a graph of one output
    location : list or dict of array
        values of its arguments
    aux_states : list or dict of array, optional
        values of its auxiliary states
    numeric_eps : float, optional
        how far apart the two values of an element are; by default that of the dtype
    rtol, atol : float, optional
        see :func:`assert_almost_equal`
    grad_nodes : list of str, or dict of str to str, optional
        arguments to look at, of a dict with what backward does: 'write', 'add' or 'null'
    use_forward_train : bool
        in training mode
    ctx : Context, optional
        where it runs
    grad_stype_dict
        the storage types of gradients by name; 'default' for others
    dtype : dtype
        of the arguments

    Raises
    ------
    AssertionError
        a gradient differs
    ValueError
        `grad_nodes` is something else

    Examples
    --------
    >>> import numpy
    >>> from mxnet.test_utils import check_numeric_gradient
    >>> check_numeric_gradient(mx.sym.tanh(mx.sym.var('x')), [numpy.array([[0.5, 1.0]])], rtol=0.01, atol=0.001)
    """
    ctx = ctx or default_context()
    eps = default_numeric_eps()[np.dtype(dtype)] if numeric_eps is None else numeric_eps
    values = _parse_location(sym, location, ctx, dtype)
    states = _parse_aux_states(sym, aux_states, ctx, dtype)
    shapes = {name: value.shape for name, value in values.items()}
    if grad_nodes is None:
        requests = dict.fromkeys(sym.list_arguments(), "write")
    elif isinstance(grad_nodes, Mapping):
        requests = dict(grad_nodes)
    elif isinstance(grad_nodes, (list, tuple)):
        requests = dict.fromkeys(grad_nodes, "write")
    else:
        raise ValueError(f"check_numeric_gradient: grad_nodes={grad_nodes!r}; expected a list or dict of names")
    _, (shape, *_), _ = sym.infer_shape(**shapes)
    weights: Any = var("__random_proj")
    loss = make_loss(weights * sym)
    inputs = {**values, "__random_proj": array(np.random.uniform(0, 1, shape) + 0.1, ctx=ctx, dtype=dtype)}
    before = {name: np.random.normal(0, 0.01, size=values[name].shape) for name in requests}
    gradients = {
        name: array(value, ctx=ctx, dtype=dtype).tostype((grad_stype_dict or {}).get(name) or "default")
        for name, value in before.items()
    }
    gradients["__random_proj"] = zeros(shape, ctx=ctx, dtype=dtype)
    executor = loss.bind(
        ctx, inputs, args_grad=gradients, grad_req={**requests, "__random_proj": "write"}, aux_states=states
    )
    executor.forward(is_train=True)
    executor.backward()
    found = {name: gradients[name].asnumpy() for name in requests}
    apart = {name: value.asnumpy() for name, value in inputs.items()}
    differences = numeric_grad(
        executor,
        {name: apart[name] for name in values},
        None if states is None else {name: value.asnumpy() for name, value in states.items()},
        eps=eps,
        use_forward_train=use_forward_train,
        dtype=dtype,
    )
    for name, request in requests.items():
        start = array(before[name], dtype=dtype).asnumpy()
        if request == "write":
            pair, names = (differences[name], found[name]), (f"NUMERICAL_{name}", f"BACKWARD_{name}")
        elif request == "add":
            pair, names = (differences[name], found[name] - start), (f"NUMERICAL_{name}", f"BACKWARD_{name}")
        elif request == "null":
            pair, names = (start, found[name]), (f"NUMERICAL_{name}", f"BACKWARD_{name}")
        else:
            raise ValueError(f"check_numeric_gradient: {request!r} for {name}; expected 'write', 'add' or 'null'")
        assert_almost_equal(*pair, rtol, atol, names)


def same_symbol_structure(sym1: Symbol, sym2: Symbol) -> bool:
    """Whether two graphs have the same operators with the same inputs, whatever they are called."""
    described = []
    for each in (sym1, sym2):
        graph = json.loads(each.tojson())
        described.append([(node["op"], node["inputs"]) for node in graph["nodes"]] + [graph["heads"]])
    return described[0] == described[1]
