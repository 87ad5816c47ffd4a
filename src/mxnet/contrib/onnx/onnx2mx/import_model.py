"""A model in ONNX as a graph and its parameters."""

from __future__ import annotations

import os
from typing import Any

from ....ndarray import NDArray
from ....onnx import reading
from ....symbol import Symbol

__all__ = ["get_model_metadata", "import_model"]


def import_model(model_file: str | os.PathLike[str]) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """The graph of a model and its parameters.

    Parameters
    ----------
    model_file : path
        an ``.onnx`` file of operator set 7 or later

    Returns
    -------
    sym : Symbol
    arg_params, aux_params : dict of str to NDArray

    Raises
    ------
    MXNetError
        it is no ONNX model, or has operators that are not read: all of them are named
    OSError
        it cannot be read

    Examples
    --------
    >>> sym, arg_params, aux_params = mx.contrib.onnx.import_model("net.onnx")  # doctest: +SKIP
    """
    return reading.read(reading.opened(model_file))


def get_model_metadata(model_file: str | os.PathLike[str]) -> dict[str, list[tuple[str, tuple[int, ...]]]]:
    """The names and shapes of a model's inputs and outputs, 0 for a length that is open.

    Parameters
    ----------
    model_file : path
        an ``.onnx`` file

    Returns
    -------
    dict
        under 'input_tensor_data' and 'output_tensor_data' a list of names with shapes

    Raises
    ------
    MXNetError
        it is no ONNX model
    OSError
        it cannot be read
    """
    model: Any = reading.opened(model_file)
    return {
        "input_tensor_data": list(reading.input_shapes(model).items()),
        "output_tensor_data": list(reading.output_shapes(model).items()),
    }
