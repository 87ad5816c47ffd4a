"""Metrics of numbers: how far predictions are from labels, how they vary together, and the mean of an output."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from .base import EvalMetric, alias, as_list, check_label_shapes, explained, register, tensor

__all__ = ["MAE", "MSE", "RMSE", "Caffe", "Loss", "PearsonCorrelation", "Torch"]


def _column(values: torch.Tensor) -> torch.Tensor:
    """A vector as a column, so that it does not spread over a matrix."""
    return values.reshape(-1, 1) if values.dim() == 1 else values


class _ErrorMetric(EvalMetric):
    """The mean over the batches of an error of each."""

    def __init__(self, name: str, output_names: Sequence[str] | None, label_names: Sequence[str] | None) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _error(self, difference: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels and predictions are numbers."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            given = _column(tensor(pred))
            expected = _column(tensor(label)).to(given.device)
            try:
                difference = expected - given
            except RuntimeError as error:
                raise ValueError(
                    f"{type(self).__name__}: labels of shape {tuple(expected.shape)} and predictions of shape "
                    f"{tuple(given.shape)} do not go together"
                ) from error
            self._add(float(self._error(difference)), 1)


@register
class MAE(_ErrorMetric):
    """The mean absolute error, averaged over batches.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`

    Examples
    --------
    >>> metric = mx.metric.MAE()
    >>> metric.update([mx.nd.array([1, 2])], [mx.nd.array([1, 5])])
    >>> metric.get()
    ('mae', 1.5)
    """

    def __init__(
        self,
        name: str = "mae",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: torch.Tensor) -> torch.Tensor:
        return difference.abs().mean()


@register
class MSE(_ErrorMetric):
    """The mean squared error, averaged over batches.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        name: str = "mse",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: torch.Tensor) -> torch.Tensor:
        return difference.square().mean()


@register
class RMSE(_ErrorMetric):
    """The root of the mean squared error of each batch, averaged over batches.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        name: str = "rmse",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: torch.Tensor) -> torch.Tensor:
        return difference.square().mean().sqrt()


@register
@alias("pearsonr")
class PearsonCorrelation(EvalMetric):
    """Pearson's correlation of labels and predictions.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    average : {'macro', 'micro'}
        the mean of the batches' correlations, or that of all batches together
    """

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        self.average = average
        super().__init__(name, output_names, label_names, has_global_stats=True)
        if average == "micro":
            self.reset_micro()

    def reset_micro(self) -> None:
        """Forget the moments of all batches together."""
        self._count = 0
        self._mean_l = self._mean_p = 0.0
        self._sse_l = self._sse_p = self._conv = 0.0

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        if self.average == "micro":
            self.reset_micro()

    def _merge(self, label: torch.Tensor, pred: torch.Tensor) -> None:
        """Add a batch to the moments (Chan, Golub & LeVeque 1979)."""
        count, before = label.numel(), self._count
        mean_l, mean_p = float(label.mean()), float(pred.mean())
        apart_l, apart_p = mean_l - self._mean_l, mean_p - self._mean_p
        weight = before * count / (before + count)
        self._sse_l += float((label - mean_l).square().sum()) + apart_l**2 * weight
        self._sse_p += float((pred - mean_p).square().sum()) + apart_p**2 * weight
        self._conv += float(((label - mean_l) * (pred - mean_p)).sum()) + apart_l * apart_p * weight
        self._count = before + count
        self._mean_l += apart_l * count / self._count
        self._mean_p += apart_p * count / self._count

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels and predictions are numbers, of one shape."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            check_label_shapes(label, pred, False, True)
            expected, given = tensor(label).double().reshape(-1), tensor(pred).double().reshape(-1)
            expected = expected.to(given.device)
            if self.average == "macro":
                self._add(float(torch.corrcoef(torch.stack([given, expected]))[0, 1]), 1)
            else:
                self.num_inst += 1
                self.global_num_inst += 1
                self._merge(expected, given)

    def get(self) -> tuple[Any, Any]:
        """The name and the value since the last reset; NaN where nothing came in."""
        if self.num_inst == 0 or self.average == "macro":
            return super().get()
        spread = math.sqrt(self._sse_l) * math.sqrt(self._sse_p)
        return self.name, self._conv / spread if spread else float("nan")


@register
class Loss(EvalMetric):
    """The mean of the predictions themselves, for an output that is a loss.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`

    Examples
    --------
    >>> metric = mx.metric.Loss()
    >>> metric.update(None, mx.nd.array([1, 2]))
    >>> metric.get()
    ('loss', 1.5)
    """

    def __init__(
        self,
        name: str = "loss",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, _: Any, preds: Any) -> None:
        """Take a batch in; labels are not looked at."""
        for pred in as_list(preds):
            values = tensor(pred)
            self._add(float(values.sum()), values.numel())


@register
class Torch(Loss):
    """:class:`Loss`, as criteria of Torch were shown.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        name: str = "torch",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)


@register
class Caffe(Loss):
    """:class:`Loss`, as criteria of Caffe were shown.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        name: str = "caffe",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)
