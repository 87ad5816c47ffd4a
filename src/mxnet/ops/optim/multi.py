"""Operators that update many parameters in one call, and what goes with them: sums of squares, tests for infinity.

The arrays of the parameters come one parameter after the other: weight, gradient, then its states. The new weights are
returned, so a call says ``out=weights``; the states are written in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import Kinds, always, first_known
from ..registry import Floats, Shape, describe, operator, rule
from ..shape_rules import Partials, alike, merged
from . import steps
from .updates import bounded, check_like_weight

Tensor = torch.Tensor


def _parameters(name: str, data: Sequence[Tensor], count: int, each: Sequence[str]) -> list[tuple[Tensor, ...]]:
    """The arrays of each parameter, named `each`."""
    width = len(each)
    if len(data) != count * width:
        raise MXNetError(
            f"{name}: got {len(data)} arrays; expected {count * width}: {', '.join(each)} of each of {count} parameters"
        )
    parameters = [tuple(data[first : first + width]) for first in range(0, len(data), width)]
    for position, (weight, *others) in enumerate(parameters):
        check_like_weight(f"{name}: parameter {position}", weight, **dict(zip(each[1:], others, strict=True)))
    return parameters


def _per_parameter(name: str, count: int, **values: Sequence[Any]) -> None:
    """Raise where an attribute does not have one value for each parameter."""
    for which, given in values.items():
        if len(given) != count:
            raise MXNetError(f"{name}: {which} has {len(given)} values; expected one for each of {count} parameters")


def _count(attribute: str) -> Callable[[Any], int]:
    return lambda attributes: int(attributes.get(attribute, 1))


def _sgd(
    name: str, data: Sequence[Tensor], count: int, lrs: Sequence[float], wds: Sequence[float], momentum: float | None,
    rescale: float, clip: float, mixed: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """Gradient descent for every parameter, with momentum and float32 copies as asked."""
    each = ["weight", "grad", *(["mom"] if momentum is not None else []), *(["weight32"] if mixed else [])]
    parameters = _parameters(name, data, count, each)
    _per_parameter(name, count, lrs=lrs, wds=wds)
    updated = []
    for (weight, grad, *states), lr, wd in zip(parameters, lrs, wds, strict=True):
        target = states[-1] if mixed else weight.clone()
        gradient = grad.float() if mixed else grad
        if momentum is None:
            steps.sgd([target], [gradient], lr=lr, wd=wd, rescale=rescale, clip=bounded(clip))
        else:
            steps.sgd_momentum(
                [target], [gradient], [states[0]], lr=lr, wd=wd, momentum=momentum, rescale=rescale, clip=bounded(clip)
            )
        updated.append(target.to(weight.dtype) if mixed else target)
    return tuple(updated)


@operator("multi_sgd_update", num_outputs=_count("num_weights"))
def multi_sgd_update(
    *data: Tensor,
    lrs: Floats,
    wds: Floats,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """:func:`~.updates.sgd_update` for many parameters: weight, grad of each.

    Examples
    --------
    >>> first, second, ones = mx.nd.array([1]), mx.nd.array([2]), mx.nd.array([1])
    >>> news = mx.nd.multi_sgd_update(first, ones, second, ones, lrs=(0.5, 1), wds=(0, 0), num_weights=2)
    >>> [new.asscalar().item() for new in news]
    [0.5, 1.0]
    """
    return _sgd("multi_sgd_update", data, num_weights, lrs, wds, None, rescale_grad, clip_gradient, False)


@operator("multi_sgd_mom_update", num_outputs=_count("num_weights"), writes=("data",))
def multi_sgd_mom_update(
    *data: Tensor, lrs: Floats, wds: Floats, momentum: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, num_weights: int = 1,
) -> tuple[Tensor, ...]:  # fmt: skip
    """:func:`~.updates.sgd_mom_update` for many parameters: weight, grad, mom of each."""
    return _sgd("multi_sgd_mom_update", data, num_weights, lrs, wds, momentum, rescale_grad, clip_gradient, False)


@operator("multi_mp_sgd_update", num_outputs=_count("num_weights"), writes=("data",))
def multi_mp_sgd_update(
    *data: Tensor,
    lrs: Floats,
    wds: Floats,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """:func:`~.updates.mp_sgd_update` for many parameters: weight, grad, weight32 of each."""
    return _sgd("multi_mp_sgd_update", data, num_weights, lrs, wds, None, rescale_grad, clip_gradient, True)


@operator("multi_mp_sgd_mom_update", num_outputs=_count("num_weights"), writes=("data",))
def multi_mp_sgd_mom_update(
    *data: Tensor, lrs: Floats, wds: Floats, momentum: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, num_weights: int = 1,
) -> tuple[Tensor, ...]:  # fmt: skip
    """:func:`~.updates.mp_sgd_mom_update` for many parameters: weight, grad, mom, weight32 of each."""
    return _sgd("multi_mp_sgd_mom_update", data, num_weights, lrs, wds, momentum, rescale_grad, clip_gradient, True)


def _preloaded(
    name: str, data: Sequence[Tensor], count: int, momentum: float | None, rescale: float, clip: float, mixed: bool
) -> tuple[Tensor, ...]:
    """:func:`_sgd` with the learning rates and weight decays in the last two arrays."""
    if len(data) < 2:
        raise MXNetError(f"{name}: got {len(data)} arrays; expected those of the parameters, then lrs and wds")
    *arrays, lrs, wds = data
    return _sgd(name, arrays, count, lrs.tolist(), wds.tolist(), momentum, rescale, clip, mixed)


@operator("preloaded_multi_sgd_update", num_outputs=_count("num_weights"), host=host.CHECKS)
def preloaded_multi_sgd_update(
    *data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """:func:`multi_sgd_update` with the learning rates and the weight decays as the last two arrays."""
    return _preloaded("preloaded_multi_sgd_update", data, num_weights, None, rescale_grad, clip_gradient, False)


@operator("preloaded_multi_sgd_mom_update", num_outputs=_count("num_weights"), writes=("data",), host=host.CHECKS)
def preloaded_multi_sgd_mom_update(
    *data: Tensor, momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """:func:`multi_sgd_mom_update` with the learning rates and the weight decays as the last two arrays."""
    return _preloaded("preloaded_multi_sgd_mom_update", data, num_weights, momentum, rescale_grad, clip_gradient, False)


@operator("preloaded_multi_mp_sgd_update", num_outputs=_count("num_weights"), writes=("data",), host=host.CHECKS)
def preloaded_multi_mp_sgd_update(
    *data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """:func:`multi_mp_sgd_update` with the learning rates and the weight decays as the last two arrays."""
    return _preloaded("preloaded_multi_mp_sgd_update", data, num_weights, None, rescale_grad, clip_gradient, True)


@operator("preloaded_multi_mp_sgd_mom_update", num_outputs=_count("num_weights"), writes=("data",), host=host.CHECKS)
def preloaded_multi_mp_sgd_mom_update(
    *data: Tensor, momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """:func:`multi_mp_sgd_mom_update` with the learning rates and the weight decays as the last two arrays."""
    return _preloaded(
        "preloaded_multi_mp_sgd_mom_update", data, num_weights, momentum, rescale_grad, clip_gradient, True
    )


def _adamw(
    name: str, data: Sequence[Tensor], count: int, lrs: Floats, wds: Floats, etas: Floats, beta1: float, beta2: float,
    epsilon: float, clip: float, mixed: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """AdamW for every parameter; the scale of the gradients is the last array."""
    each = ["weight", "grad", "mean", "var", *(["weight32"] if mixed else [])]
    parameters = _parameters(name, data[:-1], count, each)
    _per_parameter(name, count, lrs=lrs, wds=wds, etas=etas)
    updated = []
    for (weight, grad, mean, var, *copy), lr, wd, eta in zip(parameters, lrs, wds, etas, strict=True):
        target = copy[0] if mixed else weight.clone()
        steps.adamw(
            target, grad.float() if mixed else grad, mean, var, data[-1],
            lr=lr, wd=wd, eta=eta, beta1=beta1, beta2=beta2, epsilon=epsilon, clip=bounded(clip),
        )  # fmt: skip
        updated.append(target.to(weight.dtype) if mixed else target)
    return tuple(updated)


@operator("_multi_adamw_update", num_outputs=_count("num_weights"), writes=("data",), host=host.CHECKS)
def multi_adamw_update(
    *data: Tensor, lrs: Floats, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wds: Floats,
    etas: Floats, clip_gradient: float = -1.0, num_weights: int = 1,
) -> tuple[Tensor, ...]:  # fmt: skip
    """:func:`~.updates.adamw_update` for many parameters: weight, grad, mean, var of each, then rescale_grad."""
    return _adamw("multi_adamw_update", data, num_weights, lrs, wds, etas, beta1, beta2, epsilon, clip_gradient, False)


@operator("_multi_mp_adamw_update", num_outputs=_count("num_weights"), writes=("data",), host=host.CHECKS)
def multi_mp_adamw_update(
    *data: Tensor, lrs: Floats, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wds: Floats,
    etas: Floats, clip_gradient: float = -1.0, num_weights: int = 1,
) -> tuple[Tensor, ...]:  # fmt: skip
    """:func:`~.updates.mp_adamw_update` for many: weight, grad, mean, var, weight32 of each; rescale_grad."""
    return _adamw(
        "multi_mp_adamw_update", data, num_weights, lrs, wds, etas, beta1, beta2, epsilon, clip_gradient, True
    )


def _lamb(
    name: str, data: Sequence[Tensor], count: int, learning_rates: Floats, wds: Floats, step_count: Shape,
    beta1: float, beta2: float, epsilon: float, rescale: float, bounds: tuple[float, float], clip: float,
    bias_correction: bool, mixed: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """LAMB for every parameter, both phases."""
    each = ["weight", "grad", "mean", "var", *(["weight32"] if mixed else [])]
    parameters = _parameters(name, data, count, each)
    _per_parameter(name, count, learning_rates=learning_rates, wds=wds, step_count=step_count)
    updated = []
    for (weight, grad, mean, var, *copy), lr, wd, t in zip(parameters, learning_rates, wds, step_count, strict=True):
        target = copy[0] if mixed else weight.clone()
        direction = steps.lamb_direction(
            target, grad.float() if mixed else grad, mean, var, t=t, wd=wd, beta1=beta1, beta2=beta2, epsilon=epsilon,
            bias_correction=bias_correction, rescale=rescale, clip=bounded(clip),
        )  # fmt: skip
        steps.lamb_step(
            target, direction, target.norm(), direction.norm(),
            lr=lr, lower_bound=bounded(bounds[0]), upper_bound=bounded(bounds[1]),
        )  # fmt: skip
        updated.append(target.to(weight.dtype) if mixed else target)
    return tuple(updated)


@operator("_multi_lamb_update", num_outputs=_count("num_tensors"), writes=("data",))
def multi_lamb_update(
    *data: Tensor, learning_rates: Floats, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-6,
    wds: Floats, rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0,
    clip_gradient: float = -1.0, bias_correction: bool = True, step_count: Shape, num_tensors: int = 1,
) -> tuple[Tensor, ...]:  # fmt: skip
    """A LAMB step for many parameters: weight, grad, mean, var of each."""
    return _lamb(
        "multi_lamb_update", data, num_tensors, learning_rates, wds, step_count, beta1, beta2, epsilon, rescale_grad,
        (lower_bound, upper_bound), clip_gradient, bias_correction, False,
    )  # fmt: skip


@operator("_multi_mp_lamb_update", num_outputs=_count("num_tensors"), writes=("data",))
def multi_mp_lamb_update(
    *data: Tensor, learning_rates: Floats, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-6,
    wds: Floats, rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0,
    clip_gradient: float = -1.0, bias_correction: bool = True, step_count: Shape, num_tensors: int = 1,
) -> tuple[Tensor, ...]:  # fmt: skip
    """:func:`multi_lamb_update` on float32 copies of float16 weights: weight, grad, mean, var, weight32 of each."""
    return _lamb(
        "multi_mp_lamb_update", data, num_tensors, learning_rates, wds, step_count, beta1, beta2, epsilon,
        rescale_grad, (lower_bound, upper_bound), clip_gradient, bias_correction, True,
    )  # fmt: skip


def _check_count(name: str, data: Sequence[Tensor], num_arrays: int) -> None:
    if len(data) != num_arrays:
        raise MXNetError(f"{name}: got {len(data)} arrays; expected num_arrays={num_arrays}")


@operator("multi_sum_sq")
def multi_sum_sq(*data: Tensor, num_arrays: int) -> Tensor:
    """The sum of the squares of each array, all in one float32 array.

    Examples
    --------
    >>> mx.nd.multi_sum_sq(mx.nd.array([1, 2]), mx.nd.array([[3, 4]]), num_arrays=2).asnumpy().tolist()
    [5.0, 25.0]
    """
    _check_count("multi_sum_sq", data, num_arrays)
    return torch.stack([tensor.float().square().sum() for tensor in data])


def _all_finite(name: str, data: Sequence[Tensor], init_output: bool) -> Tensor:
    if not init_output:
        raise MXNetError(
            f"{name}: init_output=False, which combines the answer with what `out` holds, is not supported; "
            "multiply the answers instead"
        )
    finite = torch.stack([torch.isfinite(tensor).all() for tensor in data]).all()
    return finite.to(torch.float32).reshape(1)


@operator("all_finite")
def all_finite(data: Tensor, *, init_output: bool = True) -> Tensor:
    """1 where every element is finite, 0 where one is infinite or NaN; of shape (1,)."""
    return _all_finite("all_finite", [data], init_output)


@operator("multi_all_finite")
def multi_all_finite(*data: Tensor, num_arrays: int = 1, init_output: bool = True) -> Tensor:
    """1 where every element of every array is finite, else 0; of shape (1,)."""
    _check_count("multi_all_finite", data, num_arrays)
    return _all_finite("multi_all_finite", data, init_output)


@operator("multi_lars")
def multi_lars(
    lrs: Tensor, weights_sum_sq: Tensor, grads_sum_sq: Tensor, wds: Tensor, *, eta: float, eps: float,
    rescale_grad: float = 1.0,
) -> Tensor:  # fmt: skip
    """Rates of learning for many parameters, by the norms of their weights and gradients (LARS).

    Parameters
    ----------
    lrs, wds : NDArray
        each parameter's rate and weight decay, float32
    weights_sum_sq, grads_sum_sq : NDArray
        the sums of the squares of its weight and gradient, from ``multi_sum_sq``
    eta : float
        how much of the ratio of the norms counts
    eps : float
        added to the denominator
    rescale_grad : float
        what gradients will be multiplied by

    Returns
    -------
    NDArray
        the rates; those of a weight or gradient of 0 stay as they are

    References
    ----------
    You and others 2017, Large Batch Training of Convolutional Networks

    Examples
    --------
    >>> rates, squares = mx.nd.array([0.1, 0.1]), mx.nd.array([4, 0])
    >>> print(mx.nd.multi_lars(rates, squares, mx.nd.ones(2), mx.nd.zeros(2), eta=0.5, eps=0).asnumpy())
    [0.1 0.1]
    """
    for argument, tensor in (("weights_sum_sq", weights_sum_sq), ("grads_sum_sq", grads_sum_sq), ("wds", wds)):
        if tensor.shape != lrs.shape:
            raise MXNetError(
                f"multi_lars: {argument} is {describe(tensor)} with lrs {describe(lrs)}; expected one shape"
            )
    if lrs.dtype is not torch.float32:
        raise MXNetError(f"multi_lars: lrs is {describe(lrs)}; expected float32")
    weights, gradients = weights_sum_sq.sqrt(), grads_sum_sq.sqrt() * rescale_grad
    scaled = lrs * eta * weights / (gradients + wds * weights + eps)
    return torch.where((weights_sum_sq > 0) & (grads_sum_sq > 0), scaled, lrs)


@operator("reset_arrays", num_outputs=0, writes=("data",))
def reset_arrays(*data: Tensor, num_arrays: int) -> tuple[Tensor, ...]:
    """Fill the arrays with zeros, in place.

    Examples
    --------
    >>> sums = mx.nd.array([1, 2])
    >>> _ = mx.nd.reset_arrays(sums, num_arrays=1)
    >>> sums.asnumpy().tolist()
    [0.0, 0.0]
    """
    _check_count("reset_arrays", data, num_arrays)
    with torch.no_grad():
        torch._foreach_zero_(data)
    return ()


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("outputs", "multi_sum_sq")
def _one_sum_each(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return ((attributes["num_arrays"],),)


@rule("outputs", "all_finite", "multi_all_finite")
def _one_answer(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return ((1,),)


rule("inputs", "multi_sum_sq", "all_finite", "multi_all_finite", "reset_arrays")("its result says nothing of shapes")


def _groups(last: int = 0, count: str = "num_weights") -> tuple[Any, Any]:
    """The rules for the arrays of many parameters, of which the `last` inputs are none of one parameter.

    The arrays of one parameter and its output have one shape.
    """

    def width(inputs: Partials, attributes: Mapping[str, Any]) -> int:
        return max((len(inputs) - last) // max(attributes[count], 1), 1)

    def back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        each = width(inputs, attributes)
        found: list[Shape | None] = []
        for place in range(attributes[count]):
            group = inputs[place * each : (place + 1) * each]
            found += [merged((*outputs[place : place + 1], *group))] * len(group)
        return found

    def forward(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        return inputs[: attributes[count] * width(inputs, attributes) : width(inputs, attributes)]

    return back, forward


for _names, _rules in (
    (("multi_sgd_update", "multi_sgd_mom_update", "multi_mp_sgd_update", "multi_mp_sgd_mom_update"), _groups()),
    (
        (
            "preloaded_multi_sgd_update", "preloaded_multi_sgd_mom_update", "preloaded_multi_mp_sgd_update",
            "preloaded_multi_mp_sgd_mom_update",
        ),
        _groups(last=2),
    ),
    (("_multi_adamw_update", "_multi_mp_adamw_update"), _groups(last=1)),
    (("_multi_lamb_update", "_multi_mp_lamb_update"), _groups(count="num_tensors")),
):  # fmt: skip
    rule("inputs", *_names)(_rules[0])
    rule("outputs", *_names)(_rules[1])


rule("inputs", "multi_lars")(alike)
rule("dtype", "multi_sum_sq", "all_finite", "multi_all_finite")(always(torch.float32, inputs_alike=True))


def _group_kinds(states: int, masters: bool, last: int = 0, count: str = "num_weights") -> Any:
    """The rule for dtypes of the arrays of many parameters: weight, gradient and output of one parameter have one.

    Parameters
    ----------
    states : int
        how many arrays of a parameter come after weight and gradient
    masters : bool
        they are float32 whatever the weight is, else of its dtype
    last : int
        how many arrays, of float32, come after those of all parameters
    count : str
        the attribute that says how many parameters there are
    """

    def rule_of_groups(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        width, told, made = 2 + states, [], []
        for place in range(attributes[count]):
            group = inputs[place * width : (place + 1) * width]
            kind = first_known((*(group[:2] if masters else group), *outputs[place : place + 1]))
            told += [kind, kind, *(torch.float32 if masters else kind,) * states]
            made.append(kind)
        return [*told, *(torch.float32,) * last], made

    return rule_of_groups


for _name, _states, _masters, _last, _count_name in (
    ("multi_mp_sgd_update", 1, True, 0, "num_weights"),
    ("multi_mp_sgd_mom_update", 2, True, 0, "num_weights"),
    ("preloaded_multi_sgd_update", 0, False, 2, "num_weights"),
    ("preloaded_multi_sgd_mom_update", 1, False, 2, "num_weights"),
    ("preloaded_multi_mp_sgd_update", 1, True, 2, "num_weights"),
    ("preloaded_multi_mp_sgd_mom_update", 2, True, 2, "num_weights"),
    ("_multi_mp_adamw_update", 3, True, 1, "num_weights"),
    ("_multi_mp_lamb_update", 3, True, 0, "num_tensors"),
):
    rule("dtype", _name)(_group_kinds(_states, _masters, _last, _count_name))
