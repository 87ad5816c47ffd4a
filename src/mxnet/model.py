"""Checkpoints, and the oldest interface to training: :class:`FeedForward`, over :mod:`mxnet.module`."""

from __future__ import annotations

from ._checkpoints import BatchEndParam, load_checkpoint, load_params, save_checkpoint
from ._stores import _create_kvstore, _initialize_kvstore, _update_params, _update_params_on_kvstore
from .feed_forward import FeedForward

__all__ = [
    "BatchEndParam", "FeedForward", "_create_kvstore", "_initialize_kvstore", "_update_params",
    "_update_params_on_kvstore", "load_checkpoint", "load_params", "save_checkpoint",
]  # fmt: skip
