"""MXNet's interface for prediction alone, as its amalgamation ships it: a graph, its parameters' bytes, input shapes.

Programs say ``from mxnet_predict import Predictor, load_ndarray_file``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import mxnet as mx
from mxnet.symbol.graph import topological

__all__ = ["Predictor", "load_ndarray_file"]


class Predictor:
    """A network that predicts.

    Parameters
    ----------
    symbol_file : str
        the graph: the text of a ``-symbol.json`` file, or the file's name
    param_raw_bytes : bytes
        the content of a ``.params`` file
    input_shapes : dict of str to tuple of int
        the shapes of the inputs, by name
    dev_type : {'cpu', 'gpu'}
        where to compute
    dev_id : int
        which of them
    type_dict : dict of str to dtype, optional
        the dtypes of inputs; float32 by default

    Raises
    ------
    MXNetError
        the graph or the parameters are damaged, some are missing, or shapes do not fit

    Examples
    --------
    >>> import numpy as np, mxnet as mx
    >>> from mxnet_predict import Predictor
    >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, no_bias=True, name="fc")
    >>> from mxnet.serialization import params
    >>> content = params.dumps({"arg:fc_weight": np.ones((2, 3), "float32")})
    >>> predictor = Predictor(net.tojson(), content, {"data": (1, 3)})
    >>> predictor.forward(data=np.ones((1, 3)))
    >>> predictor.get_output(0)
    array([[3., 3.]], dtype=float32)
    """

    def __init__(
        self,
        symbol_file: str | os.PathLike[str],
        param_raw_bytes: bytes | bytearray,
        input_shapes: Mapping[str, Sequence[int]],
        dev_type: str = "cpu",
        dev_id: int = 0,
        type_dict: Mapping[str, Any] | None = None,
    ) -> None:
        if dev_type not in ("cpu", "gpu"):
            raise ValueError(f"Predictor: dev_type={dev_type!r}; expected 'cpu' or 'gpu'")
        text = os.fspath(symbol_file)
        symbol = mx.sym.load_json(text) if text.lstrip()[:1] == "{" else mx.sym.load(text)
        arrays = load_ndarray_file(param_raw_bytes)
        if not isinstance(arrays, dict):
            raise mx.MXNetError("Predictor: the parameters have no names; expected arg:NAME and aux:NAME")
        self._symbol = symbol
        self._ctx = mx.Context(dev_type, dev_id)
        self._dtypes = dict(type_dict or {})
        self._parameters = {name.split(":", 1)[-1]: array for name, array in arrays.items()}
        self._bind(input_shapes)

    def _bind(self, input_shapes: Mapping[str, Sequence[int]]) -> None:
        names, states = self._symbol.list_arguments(), self._symbol.list_auxiliary_states()
        unknown = [name for name in input_shapes if name not in names]
        if unknown:
            raise mx.MXNetError(f"Predictor: the graph has no input {unknown[0]!r}; it has {', '.join(names)}")
        labels = _labels(self._symbol)
        missing = [
            name for name in (*names, *states)
            if name not in self._parameters and name not in input_shapes and name not in labels
        ]  # fmt: skip
        if missing:
            raise mx.MXNetError(f"Predictor: neither parameters nor input shapes are given of {', '.join(missing)}")
        shapes: dict[str, Any] = {name: tuple(shape) for name, shape in input_shapes.items()}
        executor = self._symbol.simple_bind(self._ctx, grad_req="null", type_dict=self._dtypes, **shapes)
        given = {name: array for name, array in self._parameters.items() if name not in shapes}
        executor.copy_params_from(
            {name: given[name] for name in names if name in given},
            {name: given[name] for name in states if name in given},
        )
        self._inputs, self._executor = tuple(input_shapes), executor

    def forward(self, **kwargs: np.ndarray[Any, Any]) -> None:
        """Compute the outputs for inputs by name; those that are left out stay as they are.

        Raises
        ------
        ValueError
            an input is no numpy.ndarray, of another shape, or none of the network's
        """
        for name, array in kwargs.items():
            if name not in self._inputs:
                raise ValueError(f"Predictor: forward has no input {name!r}; it has {', '.join(self._inputs)}")
            if not isinstance(array, np.ndarray):
                raise ValueError(f"Predictor: {name} is {type(array).__name__}; expected a numpy.ndarray")
            target = self._executor.arg_dict[name]
            if array.shape != target.shape:
                raise ValueError(f"Predictor: {name} has shape {array.shape}; expected {target.shape}")
            target[:] = mx.nd.array(array, dtype=target.dtype)
        self._executor.forward(is_train=False)

    def get_output(self, index: int) -> np.ndarray[Any, Any]:
        """The output at a place, of the last :meth:`forward`.

        Raises
        ------
        IndexError
            there is no such output
        """
        outputs = self._executor.outputs
        if not 0 <= index < len(outputs):
            raise IndexError(f"Predictor: there is no output {index!r}; there are {len(outputs)}")
        return outputs[index].asnumpy()

    def reshape(self, input_shapes: Mapping[str, Sequence[int]]) -> None:
        """Take inputs of other shapes from now on."""
        self._bind({**{name: self._executor.arg_dict[name].shape for name in self._inputs}, **input_shapes})


def _labels(symbol: Any) -> set[str]:
    """The variables that losses read beside their data, which a prediction goes without."""
    return {
        entry.node.name
        for node in topological(symbol._entries)
        if node.is_loss
        for entry in node.inputs[1:]
        if entry.node.op is None
    }


def load_ndarray_file(nd_bytes: bytes | bytearray) -> Any:
    """The arrays in the bytes of a ``.params`` file: by name, or a list where they have none.

    Raises
    ------
    MXNetError
        the bytes are damaged
    """
    return mx.nd.load_frombuffer(bytes(nd_bytes))
