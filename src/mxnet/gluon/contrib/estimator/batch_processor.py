"""What an estimator does with a batch; a subclass does something else."""

from __future__ import annotations

from typing import Any

from .... import autograd
from ...utils import split_and_load

__all__ = ["BatchProcessor"]


#: data, labels, predictions and losses of the contexts
_Outcome = tuple[list[Any], list[Any], list[Any], list[Any]]


class BatchProcessor:
    """Computes predictions and losses of a batch of data and labels, and in training the gradients.

    A subclass overrides :meth:`fit_batch` and :meth:`evaluate_batch` for other batches, losses or networks.
    """

    def _get_data_and_label(self, batch: Any, ctx: Any, batch_axis: int = 0) -> tuple[list[Any], list[Any]]:
        """The data and the labels of a batch, shared out among contexts."""
        return (
            split_and_load(batch[0], ctx_list=ctx, batch_axis=batch_axis),
            split_and_load(batch[1], ctx_list=ctx, batch_axis=batch_axis),
        )

    def evaluate_batch(self, estimator: Any, val_batch: Any, batch_axis: int = 0) -> _Outcome:
        """Compute what the validation network says of a batch.

        Parameters
        ----------
        estimator : Estimator
            has the network and its loss
        val_batch : tuple
            data and labels
        batch_axis : int
            the axis of samples

        Returns
        -------
        tuple of list of NDArray
            data, labels, predictions and losses, one of each for every context
        """
        parts = self._get_data_and_label(val_batch, estimator.context, batch_axis)
        return *parts, *_said(estimator.val_net, estimator.val_loss, parts)

    def fit_batch(self, estimator: Any, train_batch: Any, batch_axis: int = 0) -> _Outcome:
        """Compute the gradients of a batch; :class:`GradientUpdateHandler` takes the step.

        Parameters
        ----------
        estimator : Estimator
            has the network and its loss
        train_batch : tuple
            data and labels
        batch_axis : int
            the axis of samples

        Returns
        -------
        tuple of list of NDArray
            data, labels, predictions and losses, one of each for every context
        """
        network, loss = estimator.net, estimator.loss
        parts = self._get_data_and_label(batch=train_batch, ctx=estimator.context, batch_axis=batch_axis)
        with autograd.record():
            predictions, losses = _said(network, loss, parts)
        for each in losses:
            each.backward()
        return *parts, predictions, losses


def _said(net: Any, loss: Any, parts: tuple[list[Any], list[Any]]) -> tuple[list[Any], list[Any]]:
    """What a network says of the data of each context, and the losses by the labels."""
    predictions = list(map(net, parts[0]))
    return predictions, list(map(loss, predictions, parts[1]))
