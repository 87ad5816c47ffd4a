"""Metrics of classes: how often the prediction is right, and how probable the right class was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..base import MXNetError
from .base import EvalMetric, alias, as_list, check_label_shapes, explained, register, tensor

__all__ = ["F1", "MCC", "PCC", "Accuracy", "CrossEntropy", "NegativeLogLikelihood", "Perplexity", "TopKAccuracy"]


def _classes(pred: torch.Tensor, label: torch.Tensor, axis: int, refusal: type[Exception] = MXNetError) -> torch.Tensor:
    """The predicted classes: the largest along an axis, unless the predictions are shaped like the labels."""
    if pred.shape != label.shape:
        if not -pred.dim() <= axis < pred.dim():
            raise refusal(
                f"predictions {tuple(pred.shape)} have no axis {axis} of classes, labels are {tuple(label.shape)}"
            )
        pred = pred.argmax(axis)
    return pred.to(torch.int64)


@register
@alias("acc")
class Accuracy(EvalMetric):
    """The part of the predictions that are right.

    Parameters
    ----------
    axis : int
        the axis of the classes in the predictions
    name, output_names, label_names
        see :class:`EvalMetric`

    Examples
    --------
    >>> metric = mx.metric.Accuracy()
    >>> metric.update([mx.nd.array([0, 1, 1])], [mx.nd.array([[0.3, 0.7], [0, 1.0], [0.4, 0.6]])])
    >>> metric.get()
    ('accuracy', 0.6666666666666666)
    """

    def __init__(
        self,
        axis: int = 1,
        name: str = "accuracy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, axis=axis, has_global_stats=True)
        self.axis = axis

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels are classes, predictions classes or their probabilities."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            expected, given = tensor(label), tensor(pred)
            found = _classes(given, expected, self.axis).reshape(-1)
            expected = expected.to(device=found.device, dtype=torch.int64).reshape(-1)
            check_label_shapes(expected, found)
            self._add(float((found == expected).sum()), len(found))


@register
@alias("top_k_accuracy", "top_k_acc")
class TopKAccuracy(EvalMetric):
    """The part of the labels that are among the k most probable classes.

    Parameters
    ----------
    top_k : int
        at least 2; for 1 there is :class:`Accuracy`
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        top_k: int = 1,
        name: str = "top_k_accuracy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, top_k=top_k, has_global_stats=True)
        self.top_k = top_k
        if top_k <= 1:
            raise AssertionError(f"TopKAccuracy: top_k is {top_k}, expected at least 2; for 1 there is Accuracy")
        self.name += f"_{top_k}"

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels are classes, predictions the probabilities of all."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            given = tensor(pred)
            if given.dim() > 2:
                raise AssertionError(f"TopKAccuracy: predictions have shape {tuple(given.shape)}, expected 1 or 2 axes")
            # NumPy decides which of several equal ones come first, as in MXNet
            scores = given.float().cpu().numpy()
            expected = tensor(label).to("cpu", torch.int32).numpy()
            check_label_shapes(expected, scores)
            if scores.ndim == 1:
                right = (np.argsort(scores) == expected.reshape(-1)).sum()
            else:
                best = np.argpartition(scores, -self.top_k)[:, -min(scores.shape[1], self.top_k) :]
                right = (best == expected.reshape(-1, 1)).sum()
            self._add(float(right), scores.shape[0])


class _BinaryClassificationMetrics:
    """Counts of right and wrong answers for two classes, and the scores they give; local and since the last reset."""

    def __init__(self) -> None:
        self.reset_stats()

    def reset_stats(self) -> None:
        """Forget everything."""
        self.global_true_positives = self.global_false_negatives = 0
        self.global_false_positives = self.global_true_negatives = 0
        self.local_reset_stats()

    def local_reset_stats(self) -> None:
        """Forget the local counts."""
        self.true_positives = self.false_negatives = self.false_positives = self.true_negatives = 0

    def update_binary_stats(self, label: Any, pred: Any) -> None:
        """Count a batch: labels 0 and 1, and the probabilities of both classes.

        Raises
        ------
        ValueError
            there are more than two classes
        AxisError
            the predictions have no axis of classes
        """
        given, expected = tensor(pred), tensor(label).to(torch.int32).reshape(-1)
        if given.dim() < 2:
            raise np.exceptions.AxisError(f"predictions have shape {tuple(given.shape)}, expected (rows, classes)")
        check_label_shapes(expected, given)
        if len(expected.unique()) > 2:
            raise ValueError(f"labels have {len(expected.unique())} classes, expected 2")
        found = given.argmax(1).reshape(-1) == 1
        positive, negative = expected == 1, expected != 1
        counts = torch.stack([found & positive, found & negative, ~found & positive, ~found & negative]).sum(1).tolist()
        self.true_positives += counts[0]
        self.false_positives += counts[1]
        self.false_negatives += counts[2]
        self.true_negatives += counts[3]
        self.global_true_positives += counts[0]
        self.global_false_positives += counts[1]
        self.global_false_negatives += counts[2]
        self.global_true_negatives += counts[3]

    @staticmethod
    def _ratio(part: float, rest: float) -> float:
        return part / (part + rest) if part + rest > 0 else 0.0

    @staticmethod
    def _f(precision: float, recall: float) -> float:
        return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0

    @property
    def precision(self) -> float:
        """The part of the positive predictions that are right."""
        return self._ratio(self.true_positives, self.false_positives)

    @property
    def global_precision(self) -> float:
        """:attr:`precision` since the last reset."""
        return self._ratio(self.global_true_positives, self.global_false_positives)

    @property
    def recall(self) -> float:
        """The part of the positive labels that are found."""
        return self._ratio(self.true_positives, self.false_negatives)

    @property
    def global_recall(self) -> float:
        """:attr:`recall` since the last reset."""
        return self._ratio(self.global_true_positives, self.global_false_negatives)

    @property
    def fscore(self) -> float:
        """The harmonic mean of precision and recall."""
        return self._f(self.precision, self.recall)

    @property
    def global_fscore(self) -> float:
        """:attr:`fscore` since the last reset."""
        return self._f(self.global_precision, self.global_recall)

    def matthewscc(self, use_global: bool = False) -> float:
        """Matthews' correlation coefficient (Biochimica et Biophysica Acta 405, 1975)."""
        prefix = "global_" if use_global else ""
        tp, fp, fn, tn = (
            getattr(self, f"{prefix}{name}")
            for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")
        )
        if not tp + fp + fn + tn:
            return 0.0
        product = math.prod(float(term) for term in (tp + fp, tp + fn, tn + fp, tn + fn) if term)
        return (tp * tn - fp * fn) / math.sqrt(product)

    @property
    def total_examples(self) -> int:
        """How many were counted."""
        return self.true_positives + self.false_positives + self.false_negatives + self.true_negatives

    @property
    def global_total_examples(self) -> int:
        """How many were counted since the last reset."""
        return (
            self.global_true_positives
            + self.global_false_positives
            + self.global_false_negatives
            + self.global_true_negatives
        )


class _BinaryMetric(EvalMetric):
    """A score of two classes, averaged over batches ('macro') or of all of them together ('micro')."""

    def __init__(
        self, name: str, output_names: Sequence[str] | None, label_names: Sequence[str] | None, average: str
    ) -> None:
        self.average = average
        self.metrics = _BinaryClassificationMetrics()
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _score(self, use_global: bool) -> float:
        raise NotImplementedError

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels 0 and 1, predictions with the probabilities of both classes on axis 1."""
        counts = self.metrics
        for label_and_pred in zip(*check_label_shapes(labels, preds, True)):
            counts.update_binary_stats(*label_and_pred)
        if self.average == "macro":
            self._add(self._score(False), 1)
            counts.reset_stats()
        else:
            self.sum_metric = self._score(False) * counts.total_examples
            self.num_inst = counts.total_examples
            self.global_sum_metric = self._score(True) * counts.global_total_examples
            self.global_num_inst = counts.global_total_examples

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.metrics.reset_stats()

    def reset_local(self) -> None:
        """Forget everything but what :meth:`get_global` shows."""
        super().reset_local()
        self.metrics.local_reset_stats()


@register
class F1(_BinaryMetric):
    """The harmonic mean of precision and recall, for two classes.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    average : {'macro', 'micro'}
        the mean of the batches' scores, or the score of all batches together
    """

    def __init__(
        self,
        name: str = "f1",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, use_global: bool) -> float:
        return self.metrics.global_fscore if use_global else self.metrics.fscore


@register
class MCC(_BinaryMetric):
    """Matthews' correlation coefficient, for two classes.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    average : {'macro', 'micro'}
        the mean of the batches' coefficients, or that of all batches together
    """

    def __init__(
        self,
        name: str = "mcc",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, use_global: bool) -> float:
        return self.metrics.matthewscc(use_global)


@register
class PCC(EvalMetric):
    """Pearson's correlation of labels and predictions of several classes, from their confusion matrix.

    For two classes it is :class:`MCC`.

    Parameters
    ----------
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        name: str = "pcc",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        has_global_stats: bool = True,
    ) -> None:
        self.k = 2
        self.lcm: np.ndarray
        self.gcm: np.ndarray
        super().__init__(name, output_names, label_names, has_global_stats=has_global_stats)

    def _grow(self, inc: int) -> None:
        """Make room for more classes."""
        self.lcm = np.pad(self.lcm, (0, inc))
        self.gcm = np.pad(self.gcm, (0, inc))
        self.k += inc

    @staticmethod
    def _calc_mcc(cmat: np.ndarray) -> float:
        """The coefficient of a confusion matrix, indexed by prediction and label."""
        count = cmat.sum()
        predicted, expected = cmat.sum(axis=1), cmat.sum(axis=0)
        spread = (predicted * (count - predicted)).sum() * (expected * (count - expected)).sum()
        if spread == 0:
            return float("nan")
        shared = (cmat.diagonal() * count - predicted * expected).sum()
        return float(shared / math.sqrt(spread))

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels are classes, predictions classes or their probabilities on axis 1."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            expected, given = tensor(label), tensor(pred)
            found = _classes(given, expected, 1, np.exceptions.AxisError).cpu().reshape(-1).numpy()
            classes = expected.to("cpu", torch.int64).reshape(-1).numpy()
            check_label_shapes(classes, found)
            most = max(int(found.max(initial=0)), int(classes.max(initial=0)))
            if most >= self.k:
                self._grow(most + 1 - self.k)
            counts = np.bincount(found * self.k + classes, minlength=self.k**2).reshape(self.k, self.k)
            self.lcm += counts
            self.gcm += counts
        self.num_inst += 1
        self.global_num_inst += 1

    @property
    def sum_metric(self) -> float:  # type: ignore[override]
        """The coefficient times the number of batches."""
        return self._calc_mcc(self.lcm) * self.num_inst

    @property
    def global_sum_metric(self) -> float:  # type: ignore[override]
        """:attr:`sum_metric` since the last reset."""
        return self._calc_mcc(self.gcm) * self.global_num_inst

    def reset(self) -> None:
        """Forget everything."""
        self.global_num_inst = 0
        self.gcm = np.zeros((self.k, self.k))
        self.reset_local()

    def reset_local(self) -> None:
        """Forget everything but what :meth:`get_global` shows."""
        self.num_inst = 0
        self.lcm = np.zeros((self.k, self.k))


def _right_probabilities(name: str, label: Any, pred: Any) -> torch.Tensor:
    """The probability of the right class in each row."""
    given = tensor(pred)
    expected = tensor(label).reshape(-1).to(device=given.device, dtype=torch.int64)
    if len(expected) != len(given):
        raise AssertionError(f"{name}: {len(expected)} labels for {len(given)} rows of probabilities")
    classes = given.shape[1]
    if len(expected) and not -classes <= int(expected.min()) <= int(expected.max()) < classes:
        wrong = expected[(expected < -classes) | (expected >= classes)][0]
        raise IndexError(f"{name}: label {int(wrong)} for probabilities of {classes} classes")
    return given[torch.arange(len(expected), device=given.device), expected]


class _LogLikelihood(EvalMetric):
    """The mean of -log(probability of the right class + eps)."""

    def __init__(
        self, eps: float, name: str, output_names: Sequence[str] | None, label_names: Sequence[str] | None
    ) -> None:
        super().__init__(name, output_names, label_names, eps=eps, has_global_stats=True)
        self.eps = eps

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels are classes, predictions the probabilities of all, a row for each label."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            right = _right_probabilities(type(self).__name__, label, pred)
            self._add(float(-(right + self.eps).log().sum()), len(right))


@register
@alias("ce")
class CrossEntropy(_LogLikelihood):
    """The mean of -log(probability of the right class).

    Parameters
    ----------
    eps : float
        added to the probabilities
    name, output_names, label_names
        see :class:`EvalMetric`

    Examples
    --------
    >>> metric = mx.metric.CrossEntropy()
    >>> metric.update([mx.nd.array([1])], [mx.nd.array([[0.5, 0.5]])])
    >>> round(metric.get()[1], 4)
    0.6931
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "cross-entropy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
@alias("nll_loss")
class NegativeLogLikelihood(_LogLikelihood):
    """:class:`CrossEntropy` under its other name.

    Parameters
    ----------
    eps : float
        added to the probabilities
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "nll-loss",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
class Perplexity(EvalMetric):
    """The exponential of the mean of -log(probability of the right class).

    Parameters
    ----------
    ignore_label : int or None
        a label that does not count, such as that of padding
    axis : int
        the axis of the classes; the last
    name, output_names, label_names
        see :class:`EvalMetric`
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, ignore_label=ignore_label, has_global_stats=True)
        self.ignore_label = ignore_label
        self.axis = axis

    @explained
    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in: labels are classes, predictions the probabilities of all on the last axis."""
        labels, preds = as_list(labels), as_list(preds)
        if len(labels) != len(preds):
            raise AssertionError(f"Perplexity: {len(labels)} arrays of labels, {len(preds)} of predictions")
        total, count = 0.0, 0.0
        for label, pred in zip(labels, preds):
            given, expected = tensor(pred), tensor(label).reshape(-1)
            if expected.numel() != given.numel() / given.shape[-1]:
                raise AssertionError(
                    f"Perplexity: {expected.numel()} labels for probabilities of shape {tuple(given.shape)}"
                )
            rows = given.movedim(self.axis, -1).reshape(-1, given.shape[self.axis])
            index = expected.to(device=given.device, dtype=torch.int64).clamp(0, rows.shape[1] - 1)  # as pick does
            right = rows[torch.arange(len(index), device=given.device), index]
            count += right.numel()
            if self.ignore_label is not None:
                ignored = (expected == self.ignore_label).to(right.device)
                right = torch.where(ignored, 1.0, right)
                count -= int(ignored.sum())
            total -= float(right.clamp(min=1e-10).log().sum())
        self._add(total, count)

    def _quotient(self, total: Any, count: Any) -> Any:
        return math.exp(total / count)
