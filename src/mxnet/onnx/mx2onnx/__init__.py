"""MXNet's module of what is written: ``mx.onnx.mx2onnx``."""

from ..exporting import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support"]
