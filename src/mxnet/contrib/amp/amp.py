"""Switching mixed precision on, scaling losses, and the lists of operators."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from ...base import bfloat16
from ...gluon import Trainer
from ...optimizer import Optimizer
from ._casting import cast_by_lists
from ._converting import convert_bucketing_module, convert_hybrid_block, convert_model, convert_symbol
from ._listing import (
    list_conditional_fp32_ops,
    list_fp32_ops,
    list_loss_output_functions,
    list_lp16_fp32_ops,
    list_lp16_ops,
    list_lp16_use_fp32_params,
    list_widest_type_cast,
    lower_dtype,
)
from .loss_scaler import LossScaler

__all__ = [
    "bfloat16", "convert_bucketing_module", "convert_hybrid_block", "convert_model", "convert_symbol", "init",
    "init_trainer", "list_conditional_fp32_ops", "list_fp32_ops", "list_loss_output_functions", "list_lp16_fp32_ops",
    "list_lp16_ops", "list_lp16_use_fp32_params", "list_widest_type_cast", "scale_loss", "unscale",
]  # fmt: skip

_amp_initialized = False
_amp_loss_scale_initialized = False
_loss_scaler: LossScaler | None = None


def init(
    target_dtype: Any = "float16",
    target_precision_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Sequence[tuple[str, str, Sequence[str]]] | None = None,
    fp32_ops: Sequence[str] | None = None,
) -> None:
    """Have operators cast what they are given, by the lists, from now on; the first call counts.

    Parameters
    ----------
    target_dtype : dtype
        float16, or bfloat16, which processors compute quickly in
    target_precision_ops, fp32_ops : list of str, optional
        in place of the lists of what computes in it, and in float32
    conditional_fp32_ops : list of (str, str, list of str), optional
        in place of the list of what computes in float32 for some values of an attribute

    Raises
    ------
    AssertionError
        another dtype
    """
    global _amp_initialized, _loss_scaler
    lower = lower_dtype("amp.init", target_dtype)
    if _amp_initialized:
        return
    _amp_initialized = True
    logging.info("Using AMP")
    cast_by_lists(
        lower,
        list_lp16_ops(lower) if target_precision_ops is None else target_precision_ops,
        list_fp32_ops(lower) if fp32_ops is None else fp32_ops,
        list_conditional_fp32_ops(lower) if conditional_fp32_ops is None else conditional_fp32_ops,
        list_widest_type_cast(lower),
        list_loss_output_functions(lower),
    )
    _loss_scaler = LossScaler()


def init_trainer(optimizer_or_trainer: Any) -> None:
    """Have a trainer scale losses, and leave out steps whose gradients are infinite or nan.

    Parameters
    ----------
    optimizer_or_trainer : Trainer
        which

    Raises
    ------
    AssertionError
        :func:`init` was not called
    TypeError
        an optimizer, which has no gradients to look at, or something else
    """
    global _amp_loss_scale_initialized, _loss_scaler
    if not _amp_initialized:
        raise AssertionError("amp.init_trainer: mixed precision is off; call amp.init() first")
    if isinstance(optimizer_or_trainer, Optimizer):
        raise TypeError("amp.init_trainer: an optimizer; expected a gluon.Trainer, which has the gradients")
    if not isinstance(optimizer_or_trainer, Trainer):
        raise TypeError(f"amp.init_trainer: {optimizer_or_trainer!r}; expected a gluon.Trainer")
    if not _amp_loss_scale_initialized:
        _amp_loss_scale_initialized, scaler = True, _loss_scaler
    else:
        scaler = LossScaler()
    trainer: Any = optimizer_or_trainer
    trainer._amp_loss_scaler = scaler
    trainer._amp_original_scale = trainer._scale
    update = trainer._update

    def update_if_finite(ignore_stale_grad: bool = False) -> None:
        if not trainer._amp_loss_scaler.has_overflow(trainer._params):
            update(ignore_stale_grad)

    trainer._update = update_if_finite


def _scaler_of(call: str, trainer: Any) -> Any:
    if not isinstance(trainer, Trainer):
        raise TypeError(f"{call}: {trainer!r}; expected a gluon.Trainer")
    return trainer._amp_loss_scaler  # type: ignore[attr-defined]


@contextlib.contextmanager
def scale_loss(loss: Any, optimizer_or_trainer: Any) -> Iterator[Any]:
    """A ``with`` block with the loss times the trainer's factor, whose next step divides by it.

    Parameters
    ----------
    loss : NDArray or list of NDArray
        the loss, or one of each context
    optimizer_or_trainer : Trainer
        one that :func:`init_trainer` had

    Yields
    ------
    NDArray or list of NDArray
        what to call ``backward`` of
    """
    trainer: Any = optimizer_or_trainer
    scale = _scaler_of("amp.scale_loss", trainer).loss_scale
    trainer._scale = trainer._amp_original_scale / scale
    yield [each * scale for each in loss] if isinstance(loss, (list, tuple)) else loss * scale


def unscale(optimizer_or_trainer: Any) -> None:
    """Divide the gradients by the factor now, as before they are clipped; the next step does not.

    Parameters
    ----------
    optimizer_or_trainer : Trainer
        one that :func:`init_trainer` had
    """
    trainer: Any = optimizer_or_trainer
    scale = _scaler_of("amp.unscale", trainer).loss_scale
    for each in trainer._params:
        if each.grad_req != "null":
            for gradient in each.list_grad():
                gradient[:] = gradient / scale
    trainer._scale = trainer._amp_original_scale
