"""ONNX: models in."""
