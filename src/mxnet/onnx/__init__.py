"""Models as ONNX files: ``mx.onnx``."""

from . import mx2onnx, writing
from .exporting import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support", "mx2onnx", "writing"]
