"""What an estimator does with a batch; a subclass does something else."""

from __future__ import annotations

from typing import Any

from .... import autograd
from ...utils import split_and_load

__all__ = ["BatchProcessor"]


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

    def evaluate_batch(
        self, estimator: Any, val_batch: Any, batch_axis: int = 0
    ) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
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
        data, label = self._get_data_and_label(val_batch, estimator.context, batch_axis)
        pred = [estimator.val_net(each) for each in data]
        loss = [estimator.val_loss(each, its_label) for each, its_label in zip(pred, label)]
        return data, label, pred, loss

    def fit_batch(
        self, estimator: Any, train_batch: Any, batch_axis: int = 0
    ) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
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
        data, label = self._get_data_and_label(train_batch, estimator.context, batch_axis)
        with autograd.record():
            pred = [estimator.net(each) for each in data]
            loss = [estimator.loss(each, its_label) for each, its_label in zip(pred, label)]
        for each in loss:
            each.backward()
        return data, label, pred, loss
