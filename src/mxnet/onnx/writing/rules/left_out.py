"""Operators that have no nodes in ONNX, with the reason where their declaration does not tell it."""

from __future__ import annotations

from ....ops.registry import rule

rule(
    "onnx", "sgd_update", "signsgd_update", "multi_sgd_update", "preloaded_multi_sgd_update", "lamb_update_phase2",
    "mp_lamb_update_phase2", "multi_lars", "multi_sum_sq", "_contrib_hawkesll",
)("it is a part of training; a model that predicts does without")  # fmt: skip
rule("onnx", "_contrib_edge_id", "_contrib_getnnz", "_sparse_retain")(
    "it is about the elements that a sparse array stores, and arrays of ONNX store all"
)
