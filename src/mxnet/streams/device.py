"""The random numbers of an accelerator: torch's generators, in the distributions the host's streams offer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from ..base import MXNetError, to_torch_dtype
from .parallel import ParallelStreams

__all__ = ["DeviceStreams"]


class DeviceStreams:
    """The same draws as :class:`mxnet.streams.HostStreams`, right in distribution, as tensors on a device.

    Parameters are numbers or flat tensors with one element per number drawn.

    Parameters
    ----------
    device : torch.device
    seed : int

    Attributes
    ----------
    parallel, serial : DeviceStreams
        itself: a device has one kind of stream
    torch_generator : torch.Generator
    """

    def __init__(self, device: torch.device, seed: int = 0) -> None:
        self.device = device
        self.torch_generator = torch.Generator(device=device)
        self.parallel = self.serial = self
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start again from `seed`."""
        self.torch_generator.manual_seed(seed)

    def get_state(self) -> dict[str, Any]:
        """The generator's state."""
        return {"torch": self.torch_generator.get_state().numpy().copy()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`get_state` was called."""
        try:
            self.torch_generator.set_state(torch.from_numpy(np.array(state["torch"])))
        except (KeyError, OverflowError, TypeError, ValueError, RuntimeError) as cause:
            raise MXNetError(f"random state: not one that get_state() returned ({cause!r})") from cause

    def _empty(self, n: int, dtype: Any) -> torch.Tensor:
        return torch.empty(n, dtype=to_torch_dtype(dtype), device=self.device)

    def _filled(self, n: int, value: Any) -> torch.Tensor:
        return torch.as_tensor(value, dtype=torch.float32, device=self.device).expand(n)

    def unit(self, n: int) -> torch.Tensor:
        """Uniform numbers from 0 to 1, 0 excluded."""
        return 1 - self._empty(n, "float32").uniform_(generator=self.torch_generator)

    def uniform(self, n: int, low: Any = 0.0, high: Any = 1.0, dtype: Any = "float32") -> torch.Tensor:
        """Uniform numbers from `low` to `high`."""
        return self._empty(n, dtype).uniform_(generator=self.torch_generator) * (high - low) + low

    def normal(self, n: int, loc: Any = 0.0, scale: Any = 1.0, dtype: Any = "float32") -> torch.Tensor:
        """Normal numbers."""
        return self._empty(n, dtype).normal_(generator=self.torch_generator) * scale + loc

    def exponential(self, n: int, lam: Any = 1.0, dtype: Any = "float32") -> torch.Tensor:
        """Exponentially distributed numbers of the rate `lam`."""
        return self._empty(n, dtype).exponential_(generator=self.torch_generator) / lam

    def bernoulli(self, n: int, probability: float, dtype: Any = "float32") -> torch.Tensor:
        """True with the given probability."""
        return self._empty(n, "float32").uniform_(generator=self.torch_generator) < probability

    def randint(self, n: int, low: int, high: int, dtype: Any = "int32") -> torch.Tensor:
        """Integers from `low` to `high` - 1."""
        return torch.randint(
            low, high, (n,), generator=self.torch_generator, device=self.device, dtype=torch.int64
        ).to(to_torch_dtype(dtype))  # fmt: skip

    def gamma(self, n: int, shape: Any = 1.0, scale: Any = 1.0, dtype: Any = "float32") -> torch.Tensor:
        """Gamma distributed numbers."""
        numbers = torch._standard_gamma(self._filled(n, shape), generator=self.torch_generator) * scale
        return numbers.to(to_torch_dtype(dtype))

    def poisson(self, n: int, lam: Any = 1.0, dtype: Any = "float32") -> torch.Tensor:
        """Poisson distributed numbers."""
        return torch.poisson(self._filled(n, lam), generator=self.torch_generator).to(to_torch_dtype(dtype))

    def negative_binomial(self, n: int, k: Any = 1, p: Any = 1.0, dtype: Any = "float32") -> torch.Tensor:
        """The failures before the `k`-th success where a success has probability `p`."""
        return self.poisson(n, self.gamma(n, k, (1 - p) / p), dtype)

    def generalized_negative_binomial(
        self, n: int, mu: Any = 1.0, alpha: Any = 1.0, dtype: Any = "float32"
    ) -> torch.Tensor:
        """Poisson numbers whose mean is gamma distributed with mean `mu` and dispersion `alpha`."""
        mu, alpha = self._filled(n, mu), self._filled(n, alpha)
        share = alpha.clamp_min(math.ulp(1.0))
        return self.poisson(n, torch.where(alpha > 0, self.gamma(n, 1 / share, mu * share), mu), dtype)

    def unique_zipfian(self, rows: int, n: int, limit: int) -> tuple[torch.Tensor, torch.Tensor]:
        """For each row `n` different integers below `limit`, small ones likelier, and how many draws they took."""
        host = ParallelStreams(int(self.randint(1, 0, 2**31, "int64")))
        found, draws = host.unique_zipfian(rows, n, limit)
        return torch.from_numpy(found).to(self.device), torch.from_numpy(draws).to(self.device)

    def integers(self, n: int, high: int) -> torch.Tensor:
        """Integers from 0 to `high` - 1."""
        return self.randint(n, 0, high, "int64")

    def permutation(self, n: int) -> torch.Tensor:
        """The numbers 0 to `n` - 1 shuffled."""
        return torch.randperm(n, generator=self.torch_generator, device=self.device)

    def row_permutation(self, n: int) -> torch.Tensor:
        """The same: the order in which it is made matters on the host alone."""
        return self.permutation(n)

    def choice_without_replacement(self, n: int, population: int) -> torch.Tensor:
        """`n` different integers below `population`."""
        return self.permutation(population)[:n]

    def categories(self, cumulative: torch.Tensor, trials: int) -> torch.Tensor:
        """For each row of cumulative probabilities `trials` indices."""
        numbers = self.unit(cumulative.shape[0] * trials).reshape(cumulative.shape[0], trials)
        return torch.searchsorted(cumulative.contiguous(), numbers).clamp_max_(cumulative.shape[1] - 1)

    def categories_double(self, cumulative: torch.Tensor, trials: int) -> torch.Tensor:
        """:meth:`categories` of one row."""
        return self.categories(cumulative[None].float(), trials)[0]
