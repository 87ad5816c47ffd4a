"""How far a run is: the epoch, how many of its batches are through, and what they came to so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

import mxnet as mx

__all__ = ["Progress"]

LARGEST = 1e300  # of a sum


@dataclass
class Progress:
    """An epoch in training.

    Sums are added up batch by batch in float64, so that they do not depend on where a run was interrupted.

    Attributes
    ----------
    epoch : int
        From 1.
    done : int
        Training batches that are through.
    loss_sum, hits : float
        Of those batches: the sum of the losses, and the images classified correctly.
    examples : int
        Images in them.
    seconds : float
        Spent on them.
    """

    epoch: int = 1
    done: int = 0
    loss_sum: float = 0.0
    hits: float = 0.0
    examples: int = 0
    seconds: float = 0.0
    _unread: list[Any] = field(default_factory=list, repr=False, compare=False)

    def add(self, loss_sum: float, hits: Any, examples: int) -> None:
        """Count a batch; `hits`, an array of one number, is read only when it is needed."""
        self.done += 1
        self.loss_sum += loss_sum
        self.examples += examples
        self._unread.append(hits)

    def settle(self) -> None:
        """Read what has not been read yet."""
        if self._unread:
            self.hits += float(mx.nd.concat(*self._unread, dim=0).asnumpy().astype(np.float64).sum())
            self._unread.clear()

    def means(self) -> tuple[float, float]:
        """Loss and accuracy of the batches so far."""
        self.settle()
        return self.loss_sum / self.examples, self.hits / self.examples

    def as_tree(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        self.settle()
        values = asdict(self)
        del values["_unread"]
        return values

    @classmethod
    def from_tree(cls, values: dict[str, Any], epoch: int, batches: int, images: int) -> Progress:
        """What :meth:`as_tree` gave in this epoch of so many batches and images.

        Raises
        ------
        TypeError, ValueError
            It is something else, or of another epoch.
        """
        progress = cls(**values)
        for name, most in (("epoch", epoch), ("done", batches), ("examples", images)):
            value = getattr(progress, name)
            if type(value) is not int or not 0 <= value <= most:
                raise ValueError(f"{name} is {value!r:.40} in epoch {epoch}; expected at most {most}")
        if progress.epoch != epoch or bool(progress.done) != bool(progress.examples):
            raise ValueError(f"epoch {progress.epoch} after {progress.examples} images; expected epoch {epoch}")
        for name in ("loss_sum", "hits", "seconds"):
            value = getattr(progress, name)
            if type(value) not in (int, float) or not abs(value) <= LARGEST or (name == "seconds" and value < 0):
                raise ValueError(f"{name} is {value!r:.40}; expected a number")
        return progress
