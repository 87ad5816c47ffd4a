"""A graph and the program written for it, side by side: outputs, gradients, moved statistics."""

import numpy as np
import torch

import mxnet as mx
from mxnet.symbol.typed import typed
from remxnet.convert import program as exporting
from remxnet.convert import source

#: by how much elements may differ, as a share of the largest of their array: single precision over a few operations
TOLERANCE = 1e-5


def written(symbol, parameters, shapes, dtypes=None, name="Network"):
    """The program of a graph."""
    return source.written(typed(symbol, parameters, shapes, dtypes), name, "network.safetensors")


def made(program):
    """The module that a program's text makes, with its weights."""
    space = {"__file__": "network.py", "__name__": "network"}
    exec(compile(program.text, "network.py", "exec"), space)
    module = space[program.class_name]()
    module.load_state_dict(program.tensors)
    return module


def agree(symbol, inputs, parameters=None, train=True, gradients=True, tolerance=None):
    """Both sides compute the same: in prediction, then in training with gradients and moved states.

    Parameters
    ----------
    inputs : dict of str to numpy.ndarray
        of the variables that are no parameters
    parameters : dict of str to numpy.ndarray
        arguments and states
    tolerance : callable(name) -> float, optional
        by the name of an output (as `c3_output`) or of a variable whose gradient it is
    """
    tolerance = tolerance or (lambda name: TOLERANCE)
    arrays = {name: mx.nd.array(value, dtype=value.dtype) for name, value in (parameters or {}).items()}
    program = written(
        symbol, arrays, {name: value.shape for name, value in inputs.items()},
        {name: value.dtype for name, value in inputs.items()},
    )  # fmt: skip
    module = made(program).eval()
    executor, buffers = _bound(symbol, inputs, arrays, gradients)
    tensors = {program.arguments[name]: torch.from_numpy(value.copy()) for name, value in inputs.items()}
    with torch.no_grad():
        _same(symbol, module(**tensors), executor.forward(is_train=False), tolerance)
    if not train:
        return program, module
    for tensor in tensors.values():
        tensor.requires_grad_(gradients and tensor.is_floating_point())
    found, wanted = module.train()(**tensors), executor.forward(is_train=True)
    _same(symbol, found, wanted, tolerance)
    if gradients:
        executor.backward([mx.nd.array(_top(each.shape)).astype(each.dtype) for each in wanted])
        found = found if isinstance(found, (tuple, list)) else (found,)
        heads = [each for each in found if each.requires_grad]
        if heads:
            torch.autograd.backward(heads, [torch.from_numpy(_top(each.shape)).to(each.dtype) for each in heads])
        leaves = {name: tensors[program.arguments[name]] for name in inputs}
        own = dict(module.named_parameters())
        leaves |= {name: own[path] for name, path in program.names.items() if path in own}
        for name, buffer in buffers.items():
            if name in leaves:
                mine = leaves[name].grad
                mine = np.zeros(buffer.shape, buffer.dtype) if mine is None else mine.numpy()
                close(mine, buffer.asnumpy(), tolerance(name), f"gradient of {name}")
    return program, module, executor


def exported_alike(symbol, inputs, parameters=None):
    """The file of ``torch.export`` of a graph, loaded, predicts what an executor does."""
    arrays = {name: mx.nd.array(value, dtype=value.dtype) for name, value in (parameters or {}).items()}
    graph = typed(
        symbol, arrays, {name: value.shape for name, value in inputs.items()},
        {name: value.dtype for name, value in inputs.items()},
    )  # fmt: skip
    module = exporting.loads(exporting.dumps(exporting.exported(graph)))
    program = source.written(graph, "Network", "network.safetensors")
    given = {name: torch.from_numpy(value.copy()) for name, value in inputs.items() if name not in program.optional}
    with torch.no_grad():
        found = module(**{program.arguments[name]: tensor for name, tensor in given.items()})
    executor, _ = _bound(symbol, inputs, arrays, gradients=False)
    _same(symbol, found, executor.forward(is_train=False), lambda name: TOLERANCE)


def close(found, wanted, tolerance, what):
    """Elements are equal to a share of the largest of them; what is not finite is the same."""
    if wanted.dtype.kind != "f":
        np.testing.assert_array_equal(found, wanted, err_msg=what)
        return
    finite = wanted[np.isfinite(wanted)]
    largest = float(np.abs(finite).max(initial=0))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance * largest, err_msg=what)


def _same(symbol, found, wanted, tolerance):
    found = found if isinstance(found, (tuple, list)) else (found,)
    assert len(found) == len(wanted)
    for name, one, other in zip(symbol.list_outputs(), found, (each.asnumpy() for each in wanted)):
        assert tuple(one.shape) == other.shape
        assert str(one.dtype) == f"torch.{other.dtype.name}"
        close(one.detach().numpy(), other, tolerance(name), name)


def _top(shape):
    return np.cos(np.arange(np.prod(shape), dtype=np.float32)).reshape(shape)


def _bound(symbol, inputs, arrays, gradients):
    names = symbol.list_arguments()
    arguments = {
        name: arrays[name].copy() if name in arrays else mx.nd.array(inputs[name], dtype=inputs[name].dtype)
        for name in names
    }
    states = {name: arrays[name].copy() for name in symbol.list_auxiliary_states()}
    floats = [name for name in names if arguments[name].dtype in (np.float32, np.float64)] if gradients else []
    buffers = {name: mx.nd.zeros(arguments[name].shape, dtype=arguments[name].dtype) for name in floats}
    request = {name: "write" if name in buffers else "null" for name in names}
    return symbol.bind(mx.cpu(), arguments, buffers, request, states), buffers
