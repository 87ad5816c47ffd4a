"""ONNX under the names it had before 1.9: models in, and :func:`mxnet.onnx.export_model`."""

from __future__ import annotations

from typing import Any

from . import onnx2mx
from .onnx2mx.import_model import get_model_metadata, import_model
from .onnx2mx.import_to_gluon import import_to_gluon

__all__ = ["export_model", "get_model_metadata", "import_model", "import_to_gluon", "onnx2mx"]


def export_model(*args: Any, **kwargs: Any) -> str:
    """Write a graph as ONNX; see :func:`mxnet.onnx.export_model`, whose arguments it takes."""
    from ... import onnx

    return onnx.export_model(*args, **kwargs)
