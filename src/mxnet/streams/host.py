"""The streams of the host: what every cpu context draws from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..base import MXNetError
from .parallel import ParallelStreams
from .serial import SerialStream

__all__ = ["HostStreams"]


class HostStreams:
    """The random numbers of all cpu contexts, which in MXNet share them.

    Attributes
    ----------
    parallel : ParallelStreams
        what ``mx.nd.random`` and ``mx.np.random.randint`` draw from
    serial : SerialStream
        what the rest of ``mx.np.random`` draws from, shuffling and multinomial draws
    torch_generator : torch.Generator
        for masks that need only be right in distribution; follows the same seed

    Examples
    --------
    >>> from mxnet import streams
    >>> streams.seed(7)
    >>> streams.for_context(mx.cpu()).serial.uniform(2).tolist()
    [0.42855945229530334, 0.9175162315368652]
    """

    def __init__(self, seed: int = 0) -> None:
        self.parallel, self.serial = ParallelStreams(seed), SerialStream(seed)
        self.torch_generator = torch.Generator()
        self.torch_generator.manual_seed(seed)

    def seed(self, seed: int) -> None:
        """Start everything again from `seed`."""
        self.parallel.seed(seed)
        self.serial.seed(seed)
        self.torch_generator.manual_seed(seed)

    def get_state(self) -> dict[str, Any]:
        """Everything needed to repeat what will be drawn from here on, as a nested dict of arrays and numbers."""
        return {
            "parallel": self.parallel.get_state(),
            "serial": self.serial.get_state(),
            "torch": self.torch_generator.get_state().numpy().copy(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`get_state` was called.

        Raises
        ------
        MXNetError
            what cannot be a state; nothing has changed then
        """
        before = self.get_state()
        try:
            self.parallel.set_state(state["parallel"])
            self.serial.set_state(state["serial"])
            self.torch_generator.set_state(torch.from_numpy(np.array(state["torch"])))
        except (KeyError, OverflowError, TypeError, ValueError, RuntimeError) as cause:
            self.parallel.set_state(before["parallel"])
            self.serial.set_state(before["serial"])
            self.torch_generator.set_state(torch.from_numpy(before["torch"]))
            if isinstance(cause, MXNetError):
                raise
            raise MXNetError(f"random state: not one that get_state() returned ({cause!r})") from cause
