"""Integers of 8 bits: as MXNet computes them, scale by scale."""

from __future__ import annotations

from ...ops.registry import rule

rule(
    "onnx", "_contrib_quantize", "_contrib_quantize_v2", "_contrib_dequantize", "_contrib_requantize",
    "_contrib_quantized_conv", "_contrib_quantized_fully_connected", "_contrib_quantized_pooling",
    "_contrib_quantized_flatten", "_contrib_quantized_act", "_contrib_quantized_embedding", "_contrib_quantized_concat",
    "_contrib_quantized_elemwise_add", "_contrib_quantized_elemwise_mul",
)("integers of 8 bits are not written yet; write the network of floats that they were made of")  # fmt: skip
