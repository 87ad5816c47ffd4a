"""Metrics while a network trains, for TensorBoard."""

from __future__ import annotations

import importlib
import logging
from typing import Any

__all__ = ["LogMetricsCallback"]

#: packages that write TensorBoard's files, each with a class SummaryWriter: MXNet's own choice first
_WRITERS = ("mxboard", "tensorboardX", "torch.utils.tensorboard")


class LogMetricsCallback:
    """A callback that writes the metric of each batch or epoch where TensorBoard finds it.

    Parameters
    ----------
    logging_dir : str
        the folder of the files
    prefix : str, optional
        goes before the metrics' names, as ``train`` does in ``train-accuracy``
    """

    def __init__(self, logging_dir: str, prefix: str | None = None) -> None:
        self.prefix = prefix
        self.summary_writer: Any = None
        for name in _WRITERS:
            try:
                module = importlib.import_module(name)
            except ImportError:
                continue
            self.summary_writer = module.SummaryWriter(logging_dir)
            return
        logging.error("LogMetricsCallback: none of %s is installed; pip install tensorboardX", ", ".join(_WRITERS))

    def __call__(self, param: Any) -> None:
        """Write the metric of a batch's or epoch's parameters (``param.eval_metric``, at the step ``param.epoch``)."""
        if param.eval_metric is None or self.summary_writer is None:
            return
        for name, value in param.eval_metric.get_name_value():
            tag = name if self.prefix is None else f"{self.prefix}-{name}"
            self.summary_writer.add_scalar(tag, value, param.epoch)
