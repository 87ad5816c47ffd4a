"""Random numbers that torch has no single function for."""

import torch
import torch.nn.functional as F


def dropout_along(
    data: torch.Tensor, p: float, axes: tuple[int, ...], training: bool
) -> torch.Tensor:
    """Dropout where all elements along some axes share their fate."""
    shape = [1 if axis in axes else n for axis, n in enumerate(data.shape)]
    return data * F.dropout(data.new_ones(shape), p, training)


def blocks(*parameters: torch.Tensor, shape: tuple[int, ...]) -> list[torch.Tensor]:
    """Parameters spread over a block of a shape for each of their elements."""
    ones = (1,) * len(shape)
    return [
        each.reshape(*each.shape, *ones).expand(*each.shape, *shape)
        for each in parameters
    ]


def negative_binomial(count: torch.Tensor, chance: torch.Tensor) -> torch.Tensor:
    """Failures before so many successes of a chance."""
    rate = torch._standard_gamma(count) * (1 - chance) / chance
    return torch.poisson(rate)


def generalized_negative_binomial(
    mean: torch.Tensor, dispersion: torch.Tensor
) -> torch.Tensor:
    """Numbers of a mean and a dispersion: Poisson of a gamma distributed rate."""
    count = 1 / dispersion
    return torch.poisson(torch._standard_gamma(count) * mean * dispersion)


def categories(chances: torch.Tensor, count: int) -> torch.Tensor:
    """Places drawn with chances along the last axis."""
    rows = chances.reshape(-1, chances.shape[-1])
    drawn = torch.multinomial(rows, count, replacement=True)
    return drawn.reshape(*chances.shape[:-1], count)
