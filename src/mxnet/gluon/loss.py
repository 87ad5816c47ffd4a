"""Losses: one number for each sample of a batch, from predictions and labels.

A loss is multiplied by ``weight``, and sample by sample by the ``sample_weight`` given to the call; then it is the mean
over all axes but the batch axis.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

from ..base import Operand, numeric_types, what_came
from ..ndarray import NDArray
from .block import HybridBlock

__all__ = [
    "Loss", "L2Loss", "L1Loss", "SigmoidBinaryCrossEntropyLoss", "SigmoidBCELoss", "SoftmaxCrossEntropyLoss",
    "SoftmaxCELoss", "KLDivLoss", "CTCLoss", "HuberLoss", "HingeLoss", "SquaredHingeLoss", "LogisticLoss",
    "TripletLoss", "PoissonNLLLoss", "CosineEmbeddingLoss", "SDMLLoss",
]  # fmt: skip

#: added to what a logarithm is taken of
_TINY = 1e-12


def _apply_weighting(F: Any, loss: Any, weight: float | None = None, sample_weight: Any = None) -> Any:
    """A loss times the weights of its samples and a weight for all."""
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, sample_weight)
    if weight is not None:
        if not isinstance(weight, numeric_types):
            raise AssertionError(f"loss: weight={weight!r}; expected a number")
        loss = loss * weight
    return loss


def _reshape_like(F: Any, x: Any, y: Any) -> Any:
    """`x` in the shape of `y`."""
    return F.reshape_like(x, y)


class Loss(HybridBlock):
    """What all losses have in common; a subclass defines ``hybrid_forward``.

    Parameters
    ----------
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, weight: float | None, batch_axis: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"

    def _what_does_not_fit(self, *args: Any) -> str | None:
        """Why a call is refused: an argument that is missing or no array, or shapes that do not go together."""
        parameters = list(inspect.signature(type(self).hybrid_forward).parameters.values())[2:]
        given = {parameter.name: value for parameter, value in zip(parameters, args) if value is not None}
        called = f"{type(self).__name__}()({', '.join(each.name for each in parameters if each.default is each.empty)})"
        for parameter in parameters:
            if parameter.default is parameter.empty and parameter.name not in given:
                return f"{parameter.name} is missing; the call is {called}"
        for name, value in given.items():
            if not isinstance(value, (Operand, *numeric_types)):
                return f"{name} is {what_came(value)}; expected an NDArray"
        shapes = {name: tuple(value.shape) for name, value in given.items() if isinstance(value, NDArray)}
        own = self._unfit_shapes(shapes)
        return own and own.format(called=called)

    def _unfit_shapes(self, shapes: dict[str, Any]) -> str | None:
        """What does not fit of the arguments' shapes, by their names; ``{called}`` stands for a right call."""
        (pred, expected), *others = shapes.items()
        for name, shape in others:
            if name in self._like_the_first and math.prod(shape) != math.prod(expected):
                counts = f"{math.prod(shape)} and {math.prod(expected)} elements"
                return f"{name} {shape} and {pred} {expected} have {counts}; expected the same shape"
        return self._unfit_weights(shapes, expected)

    #: arguments of as many elements as the first has
    _like_the_first: tuple[str, ...] = ("label", "target", "positive", "negative")

    def _unfit_weights(self, shapes: dict[str, Any], loss: tuple[int, ...]) -> str | None:
        """What does not fit of the weights of samples to a loss of a shape."""
        weights = shapes.get("sample_weight")
        if weights is None or (
            len(weights) == len(loss) and all(one == 1 or one == all_ for one, all_ in zip(weights, loss))
        ):
            return None
        column = (loss[0], *(1,) * (len(loss) - 1))
        return f"sample_weight {weights} does not go with a loss for each element of {loss}; expected {column}"

    def _mean(self, F: Any, loss: Any, sample_weight: Any, weight: float | None = None) -> Any:
        """The weighted loss, averaged over all axes but that of the batch."""
        loss = _apply_weighting(F, loss, self._weight if weight is None else weight, sample_weight)
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class L2Loss(Loss):
    """Half the squared difference: ``weight / 2 * (label - pred)²``.

    Parameters
    ----------
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> mx.gluon.loss.L2Loss()(mx.nd.array([[1, 2]]), mx.nd.array([[3, 2]])).asnumpy().tolist()
    [1.0]
    """

    def __init__(self, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        loss = F.square(_reshape_like(F, label, pred) - pred)
        return self._mean(F, loss, sample_weight, None if self._weight is None else self._weight / 2)


class L1Loss(Loss):
    """The absolute difference ``|label - pred|``; the arguments are those of :class:`L2Loss`."""

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        return self._mean(F, F.abs(_reshape_like(F, label, pred) - pred), sample_weight)


def _bend(F: Any, pred: Any) -> Any:
    """``log(1 + exp(-|pred|))``: by how much log(1 + exp(x)) is above relu(x)."""
    return F.Activation(-F.abs(pred), act_type="softrelu")


def _logistic(F: Any, pred: Any, label: Any) -> Any:
    """The cross entropy of labels in [0, 1] and predictions before a sigmoid, without overflow."""
    return F.relu(pred) - pred * label + _bend(F, pred)


class SigmoidBinaryCrossEntropyLoss(Loss):
    """The cross entropy of two classes, for labels in [0, 1].

    Parameters
    ----------
    from_sigmoid : bool
        whether predictions are probabilities; by default they are what a sigmoid is still to be taken of
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> loss = mx.gluon.loss.SigmoidBCELoss()
    >>> print(loss(mx.nd.array([[0.0], [2.0]]), mx.nd.array([[1], [0]])).asnumpy())
    [0.6931472 2.126928 ]
    """

    def __init__(
        self, from_sigmoid: bool = False, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(  # noqa: D102
        self, F: Any, pred: Any, label: Any, sample_weight: Any = None, pos_weight: Any = None
    ) -> Any:
        label = _reshape_like(F, label, pred)
        if self._from_sigmoid:
            positive = F.log(pred + _TINY) * label
            if pos_weight is not None:
                positive = F.broadcast_mul(positive, pos_weight)
            loss = -(positive + F.log(1.0 - pred + _TINY) * (1.0 - label))
        elif pos_weight is None:
            loss = _logistic(F, pred, label)
        else:
            factor = 1 + F.broadcast_mul(pos_weight - 1, label)
            loss = pred - pred * label + factor * (_bend(F, pred) + F.relu(-pred))
        return self._mean(F, loss, sample_weight)


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """The cross entropy of labels and the softmax of predictions.

    Parameters
    ----------
    axis : int
        the axis of the classes
    sparse_label : bool
        labels are class numbers; with False, probabilities of the predictions' shape
    from_logits : bool
        predictions are logarithms of probabilities already
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    >>> print(loss(mx.nd.array([[1, 1], [0, 0]]), mx.nd.array([0, 1])).asnumpy())
    [0.6931472 0.6931472]
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._sparse_label = sparse_label
        self._from_logits = from_logits

    def _unfit_shapes(self, shapes: dict[str, Any]) -> str | None:
        pred, label = shapes["pred"], shapes["label"]
        if len(label) > len(pred):
            return f"pred {pred} and label {label} have changed places; the call is {{called}}"
        if not self._sparse_label:
            if len(label) < len(pred):
                wanted = "sparse_label=False takes a probability for each class; class numbers go without it"
                return f"label {label} for pred {pred}: {wanted}"
            return super()._unfit_shapes(shapes)
        axis = self._axis % len(pred)
        without, with_one = pred[:axis] + pred[axis + 1 :], (*pred[:axis], 1, *pred[axis + 1 :])
        if label not in (without, with_one):
            if label == pred:
                wanted = f"one-hot labels and probabilities need sparse_label=False; class numbers have shape {without}"
                return f"label {label} has the shape of pred: {wanted}"
            return f"label {label} for pred {pred}; expected {without}, a class number for each row of scores"
        return self._unfit_weights(shapes, with_one)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        logs = pred if self._from_logits else F.log_softmax(pred, axis=self._axis)
        if self._sparse_label:
            chosen = F.pick(logs, label, keepdims=True, axis=self._axis)
        else:
            chosen = F.sum(logs * _reshape_like(F, label, logs), keepdims=True, axis=self._axis)
        return self._mean(F, -chosen, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence of predictions from labels that are probabilities, summed over the classes.

    Parameters
    ----------
    from_logits : bool
        predictions are logarithms of probabilities; with False a log_softmax is taken of them
    axis : int
        the axis of the classes, for that log_softmax
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        from_logits: bool = True,
        axis: int = -1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._axis = axis

    def _unfit_shapes(self, shapes: dict[str, Any]) -> str | None:
        pred, label = shapes["pred"], shapes["label"]
        if pred != label:
            return f"label {label} for pred {pred}; expected the same shape, a probability for each class"
        return self._unfit_weights(shapes, pred)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        logs = pred if self._from_logits else F.log_softmax(pred, axis=self._axis)
        gained = F.log(label + _TINY) - logs
        loss = _apply_weighting(F, label * gained, self._weight, sample_weight)
        return F.sum(loss, axis=self._batch_axis, exclude=True)


class CTCLoss(Loss):
    """Connectionist temporal classification: sequences of labels without alignment (Graves et al., 2006).

    The last class is the blank; labels are padded with -1 unless their lengths are given.

    Parameters
    ----------
    layout : {'NTC', 'TNC'}
        the order of batch, time and classes in the predictions
    label_layout : {'NT', 'TN'}
        the order of batch and time in the labels
    weight : float or None
        for the whole loss
    **kwargs
        ``prefix`` and ``params``
    """

    _like_the_first = ()

    def __init__(
        self, layout: str = "NTC", label_layout: str = "NT", weight: float | None = None, **kwargs: Any
    ) -> None:
        if layout not in ("NTC", "TNC"):
            raise AssertionError(f"CTCLoss: layout={layout!r}; expected 'NTC' or 'TNC'")
        if label_layout not in ("NT", "TN"):
            raise AssertionError(f"CTCLoss: label_layout={label_layout!r}; expected 'NT' or 'TN'")
        self._layout = layout
        self._label_layout = label_layout
        super().__init__(weight, label_layout.find("N"), **kwargs)

    def hybrid_forward(  # noqa: D102
        self,
        F: Any,
        pred: Any,
        label: Any,
        pred_lengths: Any = None,
        label_lengths: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        loss = F.CTCLoss(
            pred if self._layout == "TNC" else F.swapaxes(pred, dim1=0, dim2=1),
            label if self._label_layout == "NT" else F.swapaxes(label, dim1=0, dim2=1),
            pred_lengths,
            label_lengths,
            blank_label="last",
            use_data_lengths=pred_lengths is not None,
            use_label_lengths=label_lengths is not None,
        )
        return _apply_weighting(F, loss, self._weight, sample_weight)


class HuberLoss(Loss):
    """Squared where the difference is below `rho`, linear above.

    Parameters
    ----------
    rho : float
        where the one becomes the other
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, rho: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        distance = F.abs(_reshape_like(F, label, pred) - pred)
        loss = F.where(distance > self._rho, distance - 0.5 * self._rho, (0.5 / self._rho) * F.square(distance))
        return self._mean(F, loss, sample_weight)


class HingeLoss(Loss):
    """``max(0, margin - pred * label)`` for labels -1 and 1.

    Parameters
    ----------
    margin : float
        how far on the right side of 0 a prediction should be
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        return self._mean(F, F.relu(self._margin - pred * _reshape_like(F, label, pred)), sample_weight)


class SquaredHingeLoss(HingeLoss):
    """The square of :class:`HingeLoss`; the arguments are the same."""

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        loss = F.square(F.relu(self._margin - pred * _reshape_like(F, label, pred)))
        return self._mean(F, loss, sample_weight)


class LogisticLoss(Loss):
    """``log(1 + exp(-pred * label))``.

    Parameters
    ----------
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    label_format : {'signed', 'binary'}
        labels are -1 and 1, or 0 and 1
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self, weight: float | None = None, batch_axis: int = 0, label_format: str = "signed", **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        if label_format not in ("signed", "binary"):
            raise ValueError(f"LogisticLoss: label_format={label_format!r}; expected 'signed' or 'binary'")
        self._label_format = label_format

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: D102
        label = _reshape_like(F, label, pred)
        if self._label_format == "signed":
            label = (label + 1.0) / 2.0
        return self._mean(F, _logistic(F, pred, label), sample_weight)


class TripletLoss(Loss):
    """``max(0, |pred - positive|² - |pred - negative|² + margin)`` (https://arxiv.org/abs/1503.03832).

    Parameters
    ----------
    margin : float
        how much nearer the positive example should be
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, positive: Any, negative: Any) -> Any:  # noqa: D102
        near = F.square(_reshape_like(F, positive, pred) - pred)
        far = F.square(_reshape_like(F, negative, pred) - pred)
        loss = F.relu(F.sum(near - far, axis=self._batch_axis, exclude=True) + self._margin)
        return _apply_weighting(F, loss, self._weight)


class PoissonNLLLoss(Loss):
    """The negative log likelihood of counts under a Poisson distribution; the mean over everything.

    Parameters
    ----------
    weight : float or None
        for the whole loss
    from_logits : bool
        predictions are logarithms of the rate
    batch_axis : int
        accepted; the mean is over all axes
    compute_full : bool
        add Stirling's approximation of what does not depend on the predictions
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        weight: float | None = None,
        from_logits: bool = True,
        batch_axis: int = 0,
        compute_full: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._compute_full = compute_full

    def hybrid_forward(  # noqa: D102
        self, F: Any, pred: Any, target: Any, sample_weight: Any = None, epsilon: float = 1e-08
    ) -> Any:
        target = _reshape_like(F, target, pred)
        loss = F.exp(pred) - target * pred if self._from_logits else pred - target * F.log(pred + epsilon)
        if self._compute_full:
            stirling = target * F.log(target) - target + 0.5 * F.log(2 * target * math.pi)
            loss = loss + stirling * (target > 1)
        return F.mean(_apply_weighting(F, loss, self._weight, sample_weight))


class CosineEmbeddingLoss(Loss):
    """``1 - cos`` of two vectors where the label is 1, ``max(0, cos - margin)`` where it is -1.

    Parameters
    ----------
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    margin : float
        how similar vectors with the label -1 may be
    **kwargs
        ``prefix`` and ``params``
    """

    _like_the_first = ()

    def __init__(self, weight: float | None = None, batch_axis: int = 0, margin: float = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(  # noqa: D102
        self, F: Any, input1: Any, input2: Any, label: Any, sample_weight: Any = None
    ) -> Any:
        input1 = _reshape_like(F, input1, input2)
        label = F.reshape(label, shape=(-1, 1))
        cosine = self._cosine(F, input1, input2)
        # of the label's dtype, where == of mx.np arrays gives booleans
        alike, different = (F._internal._equal_scalar(label, scalar=kind) for kind in (1, -1))
        loss = F.broadcast_mul(alike, 1 - cosine) + F.broadcast_mul(different, F.relu(cosine - self._margin))
        return _apply_weighting(F, loss, self._weight, sample_weight)

    @staticmethod
    def _cosine(F: Any, x: Any, y: Any) -> Any:
        product = F.reshape(F.sum(x * y, axis=-1), shape=(-1, 1))
        lengths = F.reshape(F.norm(x, axis=-1) * F.norm(y, axis=-1), shape=(-1, 1))
        return product / F.maximum(lengths, _TINY)


class SDMLLoss(Loss):
    """Smoothed deep metric learning: each row's counterpart against all others (https://arxiv.org/abs/1905.12786).

    Parameters
    ----------
    smoothing_parameter : float
        the probability that is spread over the rows that are not the counterpart
    weight : float or None
        for the whole loss
    batch_axis : int
        the axis of the samples
    **kwargs
        ``prefix`` and ``params``
    """

    _like_the_first = ()

    def __init__(
        self, smoothing_parameter: float = 0.3, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self.kl_loss = KLDivLoss(from_logits=True)
        self.smoothing_parameter = smoothing_parameter

    def hybrid_forward(self, F: Any, x1: Any, x2: Any) -> Any:  # noqa: D102
        batch_size = x1.shape[0]
        distances = F.sum(F.square(F.expand_dims(x1, axis=1) - F.expand_dims(x2, axis=0)), axis=2)
        same = F.one_hot(F.contrib.arange_like(x1, axis=0), batch_size)
        labels = same * (1 - self.smoothing_parameter) + (1 - same) * self.smoothing_parameter / (batch_size - 1)
        return self.kl_loss(F.log_softmax(-distances, axis=1), labels)
