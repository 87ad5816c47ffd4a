"""Who hears how a run goes: the base class of consoles, plots and logs, and several of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..runs.run import EpochResult, Run
    from .datasets import ImageData

__all__ = ["Watcher", "Watchers"]


class Watcher:
    """Hears how a run goes; this one says nothing.

    Examples
    --------
    >>> class Accuracies(Watcher):
    ...     def epoch(self, result):
    ...         print(result.test_accuracy)
    >>> from remxnet.experiments import Settings, train
    >>> train(Settings("mlp", "sample"), Accuracies())  # doctest: +SKIP
    """

    def loading(self, name: str) -> None:
        """The data set is about to be loaded."""

    def noted(self, note: str) -> None:
        """Something that the user should know, such as which weights it starts from."""

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Everything is ready to train, from the start or, if `run.results` holds some, from where it was left."""

    def resumed(self, run: Run, epoch: int, done: int) -> None:
        """After `started`, if the run goes on in this epoch, of which `done` batches are through."""

    def batch(self, epoch: int, done: int, total: int) -> None:
        """`done` of an epoch's `total` training batches are through."""

    def live(self, epoch: int, loss: float, accuracy: float) -> None:
        """About twice a second: what the epoch's training batches so far come to."""

    def testing(self, epoch: int, done: int, total: int) -> None:
        """`done` of the `total` test batches are through."""

    def epoch(self, result: EpochResult) -> None:
        """An epoch is finished and its weights are on disk."""

    def stopped(self, reason: str) -> None:
        """Training ends before its last epoch."""


class Watchers(Watcher):
    """Several watchers, each told in turn."""

    def __init__(self, *watchers: Watcher) -> None:
        self.watchers = watchers

    def loading(self, name: str) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.loading(name)

    def noted(self, note: str) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.noted(note)

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.started(run, images, parameters)

    def resumed(self, run: Run, epoch: int, done: int) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.resumed(run, epoch, done)

    def batch(self, epoch: int, done: int, total: int) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.batch(epoch, done, total)

    def live(self, epoch: int, loss: float, accuracy: float) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.live(epoch, loss, accuracy)

    def testing(self, epoch: int, done: int, total: int) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.testing(epoch, done, total)

    def epoch(self, result: EpochResult) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.epoch(result)

    def stopped(self, reason: str) -> None:
        """Tell all."""
        for watcher in self.watchers:
            watcher.stopped(reason)
