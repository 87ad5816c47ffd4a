"""An optimizer for a store that holds weights beside gradients over all data."""

from __future__ import annotations

from typing import Any

from ... import optimizer as opt
from ...optimizer import Optimizer

__all__: list[str] = []


@opt.register
class _AssignmentOptimizer(Optimizer):
    """Puts what is pushed in the place of what is kept."""

    def create_state(self, index: Any, weight: Any) -> None:
        """No state."""

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Take the new value."""
        weight[:] = grad


@opt.register
class _SVRGOptimizer(Optimizer):
    """An optimizer for weights, and assignment for what has ``full`` in its name.

    Parameters
    ----------
    default_optimizer : str or Optimizer
        the optimizer of the weights
    **kwargs
        its arguments
    """

    def __init__(self, default_optimizer: str | Optimizer, **kwargs: Any) -> None:
        named = {key: value for key, value in kwargs.items() if key in ("param_idx2name", "sym", "param_dict")}
        super().__init__(**named)
        if isinstance(default_optimizer, Optimizer):
            self.default_opt = default_optimizer
        else:
            self.default_opt = opt.create(default_optimizer, **kwargs)
        self.aux_opt = opt.create(_AssignmentOptimizer.__name__)

    def _is_full(self, index: Any) -> bool:
        return "full" in str(self.idx2name.get(index, index))

    def create_state(self, index: Any, weight: Any) -> Any:
        """The state of a weight; gradients over all data have none."""
        return None if self._is_full(index) else self.default_opt.create_state(index, weight)

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Update a weight, or take a new value."""
        chosen = self.aux_opt if self._is_full(index) else self.default_opt
        chosen.update(index, weight, grad, state)
