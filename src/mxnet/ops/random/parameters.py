"""Parameters of the draws of ``np.random``: numbers and arrays that broadcast with each other and with a size."""

from __future__ import annotations

from typing import Any, Optional

import torch

from ...base import MXNetError
from ..registry import Shape
from .drawing import drawn

__all__ = ["Input", "OutOfRangeError", "Parameters"]

Input = Optional[torch.Tensor]  # noqa: UP045


class OutOfRangeError(MXNetError, ValueError):
    """A parameter that its distribution does not take; MXNet raises ValueError."""


class Parameters:
    """Parameters of a draw as tensors of float32, and the shape they broadcast to with ``size``."""

    def __init__(
        self,
        name: str,
        numbers: dict[str, float | None],
        inputs: tuple[Input, ...],
        size: Shape | None,
        device: torch.device,
        block: bool = False,
    ) -> None:
        self.arrays = [tensor for tensor in inputs if tensor is not None]
        missing = [parameter for parameter, number in numbers.items() if number is None]
        if len(missing) != len(self.arrays):
            raise MXNetError(f"{name}: {len(self.arrays)} arrays for the parameters {missing} that are no numbers")
        arrays = iter(self.arrays)
        self.tensors = [
            next(arrays).float() if number is None else torch.full((), number, dtype=torch.float32, device=device)
            for number in numbers.values()
        ]
        self.device = self.arrays[0].device if self.arrays else device
        own = self._broadcast(name, *(tensor.shape for tensor in self.tensors))
        if size is not None and any(length < 0 for length in size):
            raise MXNetError(f"{name}: size={size}; expected no negative length")
        if size is None:
            self.shape = own
        elif block:
            self.shape = (*size, *own)
        else:
            self.shape = size
            if self._broadcast(name, own, size) != size:
                raise MXNetError(f"{name}: parameters of shape {own} do not broadcast to size={size}")

    @staticmethod
    def _broadcast(name: str, *shapes: Shape) -> Shape:
        try:
            return tuple(torch.broadcast_shapes(*shapes))
        except RuntimeError:
            raise MXNetError(
                f"{name}: the shapes {', '.join(str(tuple(s)) for s in shapes)} do not broadcast"
            ) from None

    def require(self, name: str, index: int, bound: str) -> torch.Tensor:
        """The tensor of a parameter that must be 'above 0' or 'not below 0'; ValueError where it is not."""
        tensor = self.tensors[index]
        if tensor.device.type != "meta":
            low = tensor <= 0 if bound == "above 0" else tensor < 0
            if low.any():
                raise OutOfRangeError(
                    f"{name}: a parameter is {tensor[low].flatten()[0].item():g}; expected it {bound}"
                )
        return tensor

    def unit(self, rng: Any) -> torch.Tensor:
        """Uniform float32 numbers from 0 to 1 in the shape of the result."""
        return drawn(self.shape, torch.float32, self.device, lambda n: rng.serial.unit(n))
