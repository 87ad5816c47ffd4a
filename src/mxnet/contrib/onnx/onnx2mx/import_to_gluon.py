"""A model in ONNX as a block."""

from __future__ import annotations

import os

from ....context import Context
from ....gluon import SymbolBlock
from ....symbol import var
from .import_model import import_model

__all__ = ["import_to_gluon"]


def import_to_gluon(model_file: str | os.PathLike[str], ctx: Context | list[Context]) -> SymbolBlock:
    """A model as a block with its parameters.

    Parameters
    ----------
    model_file : path
        an ``.onnx`` file, see :func:`mxnet.contrib.onnx.import_model`
    ctx : Context or list of Context
        where to keep the parameters

    Returns
    -------
    SymbolBlock

    Raises
    ------
    MXNetError
        it is no ONNX model, or has operators that are not read
    """
    symbol, arguments, states = import_model(model_file)
    given = {**arguments, **states}
    block = SymbolBlock(symbol, [var(name) for name in symbol.list_inputs() if name not in given])
    for name, parameter in block.collect_params().items():
        parameter._load_init(given[name], ctx, cast_dtype=True, dtype_source="saved")
    return block
