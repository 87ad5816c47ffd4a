"""What every metric shares: the running sum, names, registry; metrics made of others or of a function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .. import _tracebacks, registry
from ..base import MXNetError
from ..ndarray.ndarray import NDArray

__all__ = [
    "CompositeEvalMetric", "CustomMetric", "EvalMetric", "alias", "check_label_shapes", "create", "np_metric",
    "register",
]  # fmt: skip


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Raise where labels and predictions do not go together.

    Parameters
    ----------
    labels, preds : array or list of arrays
        what to compare
    wrap : bool
        return single arrays in a list
    shape : bool
        compare whole shapes instead of lengths

    Raises
    ------
    ValueError
        the lengths, or the shapes, differ
    """
    found = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if found[0] != found[1]:
        what = "shape" if shape else "length"
        raise ValueError(f"labels have {what} {found[0]}, predictions {what} {found[1]}; expected the same")
    if wrap:
        labels, preds = as_list(labels), as_list(preds)
    return labels, preds


def as_list(arrays: Any) -> Any:
    """A list of arrays, from one or from a list."""
    return arrays if isinstance(arrays, (list, tuple)) else [arrays]


def tensor(array: Any) -> torch.Tensor:
    """The tensor of an array, outside any graph; what is no NDArray goes through NumPy."""
    if isinstance(array, NDArray):
        return array._t.detach()
    return torch.as_tensor(np.asarray(array))


def explained(update: Callable[..., None]) -> Callable[..., None]:
    """Have an ``update`` say which metric refused what, and that labels come first where they came second."""

    @functools.wraps(update)
    def told(self: EvalMetric, labels: Any, preds: Any) -> None:
        try:
            update(self, labels, preds)
        except Exception as error:
            swapped, name = _swapped(labels, preds), type(self).__name__
            foreseen = isinstance(error, (MXNetError, ValueError, AssertionError, IndexError))
            if not foreseen or not (swapped or _tracebacks.on_purpose(error)):
                _tracebacks.cut(error)
                raise
            said = swapped or str(error).removeprefix(f"{name}: ")
            raise type(error)(f"{name}: {said}") from None  # the same error, which said less

    return told


def _swapped(labels: Any, preds: Any) -> str | None:
    """What to say where predictions seem to have come in the place of labels."""
    for label, pred in zip(as_list(labels), as_list(preds)):
        shapes = tuple(getattr(label, "shape", ())), tuple(getattr(pred, "shape", ()))
        if len(shapes[0]) > len(shapes[1]):
            return f"labels {shapes[0]} and predictions {shapes[1]} have changed places; labels come first in update"
    return None


def plain(value: Any) -> Any:
    """A NumPy number as Python's, which prints the same under every NumPy."""
    return value.item() if isinstance(value, np.generic) else value


class EvalMetric:
    """A number that says how good predictions are, over all batches since the last reset.

    An own metric derives from this class and adds to `sum_metric` and `num_inst` in :meth:`update`; its value is their
    quotient.

    Parameters
    ----------
    name : str
        what the metric is called where it is shown
    output_names, label_names : list of str, optional
        which outputs and labels to take where they come by name; all of them where None
    **kwargs
        what else :meth:`get_config` shall hold

    Examples
    --------
    >>> class Largest(mx.metric.EvalMetric):
    ...     def update(self, labels, preds):
    ...         self.sum_metric += preds[0].max().asscalar()
    ...         self.num_inst += 1
    >>> metric = Largest('largest')
    >>> metric.update(None, [mx.nd.array([1, 3, 2])])
    >>> metric.get()
    ('largest', 3.0)
    """

    def __init__(
        self,
        name: str,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = str(name)
        self._has_global_stats = kwargs.pop("has_global_stats", False)
        self.output_names, self.label_names, self._kwargs = output_names, label_names, kwargs
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self) -> dict[str, Any]:
        """Keywords from which :func:`create` makes the same metric."""
        config = dict(self._kwargs)
        config.update(
            metric=type(self).__name__, name=self.name, output_names=self.output_names, label_names=self.label_names
        )
        return config

    def update_dict(self, label: Mapping[str, Any], pred: Mapping[str, Any]) -> None:
        """:meth:`update` with labels and predictions by name.

        Raises
        ------
        KeyError
            a name in `output_names` is not there
        """
        preds = list(pred.values()) if self.output_names is None else [pred[name] for name in self.output_names]
        if self.label_names is None:
            labels = list(label.values())
        else:
            labels = [label[name] for name in self.label_names if name in label]
        self.update(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in.

        Parameters
        ----------
        labels, preds : NDArray or list of NDArray
            what should be, and what was predicted
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what to do with labels and predictions")

    def _add(self, total: float, count: float) -> None:
        """Add to the sums since the last :meth:`reset_local` and since the last :meth:`reset`."""
        self.sum_metric += total
        self.global_sum_metric += total
        self.num_inst += count
        self.global_num_inst += count

    def reset(self) -> None:
        """Forget everything."""
        self.num_inst: float = 0
        self.sum_metric = 0.0
        self.global_num_inst: float = 0
        self.global_sum_metric = 0.0

    def reset_local(self) -> None:
        """Forget everything but what :meth:`get_global` shows."""
        self.num_inst = 0
        self.sum_metric = 0.0

    def _quotient(self, total: Any, count: Any) -> Any:
        """The metric's value from its sums."""
        return total / count

    def get(self) -> tuple[Any, Any]:
        """The name and the value since the last reset, local or not; NaN where nothing came in."""
        if self.num_inst == 0:
            return self.name, float("nan")
        return self.name, plain(self._quotient(self.sum_metric, self.num_inst))

    def get_global(self) -> tuple[Any, Any]:
        """The name and the value since the last :meth:`reset`."""
        if not self._has_global_stats:
            return self.get()
        if self.global_num_inst == 0:
            return self.name, float("nan")
        return self.name, plain(self._quotient(self.global_sum_metric, self.global_num_inst))

    @staticmethod
    def _pairs(name: Any, value: Any) -> list[tuple[str, Any]]:
        return list(zip(as_list(name), as_list(value), strict=True))

    def get_name_value(self) -> list[tuple[str, Any]]:
        """The names and values, as pairs."""
        return self._pairs(*self.get())

    def get_global_name_value(self) -> list[tuple[str, Any]]:
        """The names and the values of :meth:`get_global`, as pairs."""
        return self._pairs(*self.get_global())


register = registry.get_register_func(EvalMetric, "metric")
alias = registry.get_alias_func(EvalMetric, "metric")
_create = registry.get_create_func(EvalMetric, "metric")


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """A metric from what stands for one.

    Parameters
    ----------
    metric : str, EvalMetric, callable or list of them
        a name; a metric, returned as it is; a function of label and prediction as NumPy arrays; several of these
    *args, **kwargs
        arguments of the metric

    Raises
    ------
    AssertionError
        no metric has the name

    Examples
    --------
    >>> mx.metric.create(['acc', 'mse']).get()
    (['accuracy', 'mse'], [nan, nan])
    """
    if callable(metric):
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        composite = CompositeEvalMetric()
        for each in metric:
            composite.add(create(each, *args, **kwargs))
        return composite
    return _create(metric, *args, **kwargs)


@register
@alias("composite")
class CompositeEvalMetric(EvalMetric):
    """Several metrics as one.

    Parameters
    ----------
    metrics : list of str or EvalMetric, optional
        the metrics
    name, output_names, label_names
        see :class:`EvalMetric`

    Examples
    --------
    >>> metric = mx.metric.CompositeEvalMetric(['acc', 'ce'])
    >>> metric.update(mx.nd.array([1, 0]), mx.nd.array([[0.5, 0.5], [0.75, 0.25]]))
    >>> [(name, round(value, 4)) for name, value in metric.get_name_value()]
    [('accuracy', 0.5), ('cross-entropy', 0.4904)]
    """

    def __init__(
        self,
        metrics: Sequence[Any] | None = None,
        name: str = "composite",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.metrics = [create(metric) for metric in metrics or []]
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def add(self, metric: Any) -> None:
        """Add a metric, or what :func:`create` makes one from."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> Any:
        """The metric at a position; a ValueError, returned and not raised, where there is none, as in MXNet."""
        try:
            return self.metrics[index]
        except IndexError:
            return ValueError(f"get_metric: index {index} is not in 0 to {len(self.metrics) - 1}")

    def update_dict(self, labels: Mapping[str, Any], preds: Mapping[str, Any]) -> None:
        """Take a batch by name into every metric, of the names this one takes."""
        if self.label_names is not None:
            labels = {name: array for name, array in labels.items() if name in self.label_names}
        if self.output_names is not None:
            preds = {name: array for name, array in preds.items() if name in self.output_names}
        for metric in self.metrics:
            metric.update_dict(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch into every metric."""
        for metric in self.metrics:
            metric.update(labels, preds)

    def reset(self) -> None:
        """Forget everything."""
        for metric in self.metrics:
            metric.reset()

    def reset_local(self) -> None:
        """Forget everything but what :meth:`get_global` shows."""
        for metric in self.metrics:
            metric.reset_local()

    @staticmethod
    def _collected(results: Sequence[tuple[Any, Any]]) -> tuple[list[str], list[Any]]:
        names: list[str] = []
        values: list[Any] = []
        for name, value in results:
            names.extend(as_list(name))
            values.extend(as_list(value))
        return names, values

    def get(self) -> tuple[Any, Any]:
        """The names and the values of the metrics, each in a list."""
        return self._collected([metric.get() for metric in self.metrics])

    def get_global(self) -> tuple[Any, Any]:
        """The names and the values since the last :meth:`reset`."""
        return self._collected([metric.get_global() for metric in self.metrics])

    def get_config(self) -> dict[str, Any]:
        """The keywords of this metric and, under 'metrics', those of its metrics."""
        config = super().get_config()
        config["metrics"] = [metric.get_config() for metric in self.metrics]
        return config


@register
class CustomMetric(EvalMetric):
    """A metric made from a function of NumPy arrays.

    Parameters
    ----------
    feval : callable(label, pred)
        returns the value for a batch, or the sum over the batch and the number to divide by
    name : str, optional
        ``custom(NAME)`` for a lambda, else the function's own
    allow_extra_outputs : bool
        more predictions than labels may come; those without a label are left out
    output_names, label_names
        see :class:`EvalMetric`

    Examples
    --------
    >>> metric = mx.metric.CustomMetric(lambda label, pred: abs(label - pred).max(), name='worst')
    >>> metric.update([mx.nd.array([1, 2])], [mx.nd.array([1, 4])])
    >>> metric.get()
    ('worst', 2.0)
    """

    def __init__(
        self,
        feval: Callable[[Any, Any], Any],
        name: str | None = None,
        allow_extra_outputs: bool = False,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        if name is None:
            name = getattr(feval, "__name__", type(feval).__name__)
            if "<" in name:
                name = f"custom({name})"
        super().__init__(name, output_names, label_names, has_global_stats=True)
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels: Any, preds: Any) -> None:
        """Take a batch in."""
        if not self._allow_extra_outputs:
            labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(as_list(labels), as_list(preds)):
            value = self._feval(_as_numpy(label), _as_numpy(pred))
            if isinstance(value, tuple):
                self._add(*value)
            else:
                self._add(value, 1)

    def get_config(self) -> dict[str, Any]:
        """A function cannot be written down.

        Raises
        ------
        NotImplementedError
            always
        """
        raise NotImplementedError("CustomMetric: a function cannot be written down")


def _as_numpy(array: Any) -> Any:
    return array.asnumpy() if isinstance(array, NDArray) else np.asarray(array)


def np_metric(
    numpy_feval: Callable[[Any, Any], Any], name: str | None = None, allow_extra_outputs: bool = False
) -> CustomMetric:
    """A :class:`CustomMetric` named after its function; ``mx.metric.np``.

    Parameters
    ----------
    numpy_feval : callable(label, pred)
        returns the value for a batch, or the sum over the batch and the number to divide by
    name : str, optional
        what the metric is called
    allow_extra_outputs : bool
        more predictions than labels may come
    """

    def feval(label: Any, pred: Any) -> Any:
        return numpy_feval(label, pred)

    feval.__name__ = numpy_feval.__name__
    return CustomMetric(feval, name, allow_extra_outputs)
