"""ONNX in."""

from . import import_model, import_to_gluon

__all__ = ["import_model", "import_to_gluon"]
