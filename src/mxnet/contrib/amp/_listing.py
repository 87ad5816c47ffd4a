"""The lists of operators by the lower dtype."""

from __future__ import annotations

from typing import Any

from ...base import dtype_name
from .lists import symbol_bf16, symbol_fp16

__all__ = [
    "list_conditional_fp32_ops", "list_fp32_ops", "list_loss_output_functions", "list_lp16_fp32_ops", "list_lp16_ops",
    "list_lp16_use_fp32_params", "list_widest_type_cast", "lower_dtype",
]  # fmt: skip

LOWER = ("float16", "bfloat16")


def lower_dtype(call: str, dtype: Any) -> str:
    """The name of a lower dtype.

    Raises
    ------
    AssertionError
        it is none
    """
    name = dtype_name(dtype)
    if name not in LOWER:
        raise AssertionError(f"{call}: target_dtype={name!r}; expected 'float16' or 'bfloat16'")
    return name


def _of(call: str, target_dtype: Any, half: Any, brain: Any) -> Any:
    return half if lower_dtype(call, target_dtype) == "float16" else brain


def list_lp16_ops(target_dtype: Any) -> list[str]:
    """What computes in the lower dtype."""
    return list(_of("amp.list_lp16_ops", target_dtype, symbol_fp16.FP16_FUNCS, symbol_bf16.BF16_FUNCS))


def list_fp32_ops(target_dtype: Any) -> list[str]:
    """What computes in float32."""
    return list(_of("amp.list_fp32_ops", target_dtype, symbol_fp16.FP32_FUNCS, symbol_bf16.FP32_FUNCS))


def list_lp16_fp32_ops(target_dtype: Any) -> list[str]:
    """What computes in what it is given."""
    return list(_of("amp.list_lp16_fp32_ops", target_dtype, symbol_fp16.FP16_FP32_FUNCS, symbol_bf16.BF16_FP32_FUNCS))


def list_conditional_fp32_ops(target_dtype: Any) -> list[tuple[str, str, list[str]]]:
    """What computes in float32 for some values of an attribute: operator, attribute, values."""
    lower_dtype("amp.list_conditional_fp32_ops", target_dtype)
    return list(symbol_fp16.CONDITIONAL_FP32_FUNCS)


def list_widest_type_cast(target_dtype: Any) -> list[str]:
    """What computes in the widest dtype of its inputs."""
    both = symbol_fp16.WIDEST_TYPE_CASTS, symbol_bf16.WIDEST_TYPE_CASTS
    return list(_of("amp.list_widest_type_cast", target_dtype, *both))


def list_loss_output_functions(target_dtype: Any) -> list[str]:
    """The losses that no scale reaches."""
    lower_dtype("amp.list_loss_output_functions", target_dtype)
    return list(symbol_fp16.LOSS_OUTPUT_FUNCTIONS)


def list_lp16_use_fp32_params(target_dtype: Any) -> dict[str, list[str]] | None:
    """Of what computes in the lower dtype, the inputs that stay in float32; None for float16."""
    return _of("amp.list_lp16_use_fp32_params", target_dtype, None, symbol_bf16.BF16_USE_FP32_PARAMS)
