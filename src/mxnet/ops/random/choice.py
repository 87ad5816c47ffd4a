"""Draws of ``np.random`` and ``npx.random`` from few outcomes: coins, multinomial counts, choices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Optional

import torch

from ...base import MXNetError, dtype_name
from .. import host
from ..dtype_rules import Kinds, always, by_attribute
from ..gradients import constant, piecewise_constant
from ..registry import Device, DType, Floats, Rng, Shape, operator, rule
from ..shape_rules import Partials
from .drawing import cumulative, drawn
from .parameters import Input, OutOfRangeError, Parameters

__all__ = ["bernoulli", "choice", "multinomial", "sample_unique_zipfian"]


@operator("_npi_bernoulli", host=host.CHECKS)
def bernoulli(
    input1: Input = None,
    *,
    prob: Optional[float],  # noqa: UP045
    logit: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    dtype: DType = torch.float32,
    is_logit: bool,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Ones with a probability, or with the probability whose logit is given, and zeros.

    Parameters
    ----------
    input1 : array, optional
        probabilities or logits
    prob, logit : float or None
        the same as a number
    size, ctx
        as of ``_npi_uniform``
    dtype : str or NumPy dtype
        bool, float16, float32, float64, int32 or uint8
    is_logit : bool
        which of the two is given

    Raises
    ------
    ValueError
        a probability that is none
    """
    name = "_npi_bernoulli"
    if dtype not in (torch.bool, torch.float16, torch.float32, torch.float64, torch.int32, torch.uint8):
        given = "None" if dtype is None else dtype_name(dtype)
        raise MXNetError(f"{name}: dtype {given}; expected one of bool, float16, float32, float64, int32, uint8")
    parameters = Parameters(name, {"logit": logit} if is_logit else {"prob": prob}, (input1,), size, device)
    chance = parameters.tensors[0].detach()
    if is_logit:
        chance = torch.sigmoid(chance)
    elif chance.device.type != "meta" and not ((chance >= 0) & (chance <= 1)).all():
        raise OutOfRangeError(f"{name}: a probability is not from 0 to 1")
    return constant((parameters.unit(rng) < chance).to(dtype), *parameters.arrays)


@operator("_npi_multinomial", host=host.CHECKS)
def multinomial(
    a: Input = None,
    *,
    n: int,
    pvals: Optional[Floats] = None,  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """How often each outcome comes in ``n`` trials, for ``size`` experiments.

    Parameters
    ----------
    a : (k,) array, optional
        the outcomes' probabilities; what they lack to 1 goes to the last
    n : int
        trials in each experiment
    pvals : tuple of float, optional
        the probabilities as numbers
    size : tuple of int, optional
        how many experiments

    Returns
    -------
    tensor of int64
        ``size`` followed by the number of outcomes

    Raises
    ------
    MXNetError
        probabilities that sum to more than 1, in more than one axis or not given; ``n`` below 0
    """
    name = "_npi_multinomial"
    if (a is None) is (pvals is None):
        raise MXNetError(f"{name}: expected the probabilities either as an array or as numbers")
    chances = torch.tensor(pvals, dtype=torch.float64, device=device) if a is None else a.detach()
    if chances.dim() != 1 or not len(chances):
        raise MXNetError(f"{name}: the probabilities have the shape {tuple(chances.shape)}; expected one axis")
    if n < 0:
        raise MXNetError(f"{name}: n={n}; expected a count")
    outcomes, experiments = len(chances), size or ()
    whole = (*experiments, outcomes)

    def draw(_: int) -> torch.Tensor:
        levels = cumulative(rng, chances)[0]
        if levels[-1] > 1 + 1e-12:
            raise MXNetError(f"{name}: the probabilities sum to {levels[-1]:g}; expected at most 1")
        rounds = math.prod(experiments)
        indices = torch.as_tensor(rng.serial.categories_double(levels, rounds * n), device=chances.device)
        if a is None:  # MXNet takes two more words for every number in pvals
            rng.serial.unit_double(outcomes)
        starts = torch.arange(rounds, device=chances.device).repeat_interleave(n) * outcomes
        return torch.bincount(starts + indices, minlength=rounds * outcomes)

    return drawn(whole, torch.int64, chances.device, draw)


@operator("_npi_choice")
def choice(
    input1: Input = None,
    input2: Input = None,
    *,
    a: Optional[int],  # noqa: UP045
    size: Optional[Shape],  # noqa: UP045
    ctx: str = "cpu",
    replace: bool = True,
    weighted: bool = False,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Elements of an array, or integers below a number, drawn at random.

    Parameters
    ----------
    input1, input2 : array, optional
        the array whose slices along the first axis are drawn, unless ``a`` is given; then, with ``weighted``, the
        probabilities
    a : int or None
        how many integers there are to draw from
    size : tuple of int or None
        the shape; None is one element
    ctx : str
        the context where there is no array
    replace : bool
        whether an element can come more than once
    weighted : bool
        whether there are probabilities

    Raises
    ------
    MXNetError
        nothing to draw from, or less than is drawn without replacement; probabilities of another length
    """
    name = "_npi_choice"
    given = [tensor for tensor in (input1, input2) if tensor is not None]
    if len(given) != (a is None) + weighted:
        raise MXNetError(f"{name}: {len(given)} arrays; expected {(a is None) + weighted}")
    values = given[0] if a is None else None
    population = a or 0 if values is None else (values.shape[0] if values.dim() else 0)
    if population < 1:
        raise MXNetError(f"{name}: {population} elements to draw from; expected at least 1")
    size = () if size is None else size
    if any(length < 0 for length in size):
        raise MXNetError(f"{name}: size={size}; expected no negative length")
    if not replace and math.prod(size) > population:
        raise MXNetError(f"{name}: size={size} of {population} elements without replacement")
    if weighted and tuple(given[-1].shape) != (population,):
        raise MXNetError(f"{name}: p has the shape {tuple(given[-1].shape)}; expected ({population},)")

    def draw(count: int) -> Any:
        if not weighted:
            without = rng.serial.choice_without_replacement
            return rng.serial.integers(count, population) if replace else without(count, population)
        chances = given[-1].detach()
        if replace:
            return rng.serial.categories(cumulative(rng, chances), count)
        # the largest of log(p) + Gumbel noise are a draw without replacement
        noise = torch.as_tensor(rng.serial.unit(population), device=chances.device).double()
        return (torch.log(-torch.log(noise)) - torch.log(chances.double())).argsort(stable=True)[:count]

    indices = drawn(size, torch.int64, given[0].device if given else device, draw)
    return indices if values is None else values[indices]


@operator("_sample_unique_zipfian", num_outputs=2, host=host.COMPUTES)
def sample_unique_zipfian(
    *,
    range_max: int,
    shape: Optional[Shape] = None,  # noqa: UP045
    rng: Rng = None,
    device: Device = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Different integers of a distribution like Zipf's, the candidates that a sampled softmax needs.

    Parameters
    ----------
    range_max : int
        the integers are below it; i comes with probability log((i + 2) / (i + 1)) / log(range_max)
    shape : tuple of int
        (rows, how many in each row)

    Returns
    -------
    two tensors of int64
        the integers, of ``shape``, and how many draws each row took, of shape (rows,)

    Raises
    ------
    MXNetError
        a shape of other than two axes, more integers than there are
    """
    name = "_sample_unique_zipfian"
    if shape is None or len(shape) != 2:
        raise MXNetError(f"{name}: shape={shape}; expected (rows, integers in a row)")
    if not 0 <= shape[1] <= range_max:
        raise MXNetError(f"{name}: shape={shape} of {range_max} integers; expected at most as many")
    if device.type == "meta":
        return torch.empty(shape, dtype=torch.int64, device=device), torch.empty(
            shape[:1], dtype=torch.int64, device=device
        )
    found, draws = rng.parallel.unique_zipfian(*shape, range_max)
    return torch.as_tensor(found, device=device), torch.as_tensor(draws, device=device)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_npi_bernoulli", "_npi_multinomial", "_npi_choice")("parameters broadcast to the size wanted")


rule("dtype", "_npi_bernoulli")(by_attribute())
rule("dtype", "_npi_multinomial", "_sample_unique_zipfian")(always(torch.int64))


@rule("outputs", "_npi_bernoulli", "_npi_choice")
def _of_this_size(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    size = attributes["size"]
    return (None if size is None else tuple(size),)


@rule("dtype", "_npi_choice")
def _of_what_is_chosen_from(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """Elements of an array, or numbers below one."""
    return (), (inputs[0] if attributes["a"] is None else torch.int64,)


rule("head", "_npi_bernoulli", "_npi_choice")(piecewise_constant)
