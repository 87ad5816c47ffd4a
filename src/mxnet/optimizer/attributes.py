"""The attributes of an optimizer or a schedule that was read: given to it if one of its class can have them."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from ..lr_scheduler import CosineScheduler, FactorScheduler, LRScheduler, MultiFactorScheduler, PolyScheduler
from ..ndarray.ndarray import NDArray
from ..ndarray.sparse_array import held
from .base import Optimizer

__all__ = ["described", "give_attributes", "is_number", "is_ours"]

MOST_STEPS = 10_000_000  # changes of the rate that a schedule makes up for in one call
PACKAGE = __name__.partition(".")[0]


def give_attributes(thing: Any, attributes: Any) -> Any:
    """Give an optimizer or a schedule its attributes.

    Raises
    ------
    UnpicklingError
        one is missing that a fresh one of its class has, or is of another kind, or is none of its attributes
    """
    cls = type(thing)
    if type(attributes) is not dict or not all(type(name) is str for name in attributes):
        raise pickle.UnpicklingError(f"the {cls.__name__} in the states has no attributes by name")
    fresh = _fresh(cls)
    known = _fresh(Optimizer if isinstance(thing, Optimizer) else LRScheduler) if fresh is None else fresh
    problem = _wrong(cls, attributes, fresh, known)
    if problem is not None:
        raise _unusable(cls, problem)
    try:
        if hasattr(cls, "__setstate__"):
            thing.__setstate__(attributes)
        else:
            thing.__dict__.update(attributes)
    except Exception as error:
        raise _unusable(cls, f"{type(error).__name__}: {error}") from error  # the class may be a user's
    schedule = attributes.get("lr_scheduler")
    if isinstance(thing, Optimizer) and schedule is not None and is_ours(type(schedule).__call__):
        problem = _wrong_schedule(schedule, attributes.get("num_update", 0))
        if problem is not None:
            raise _unusable(type(schedule), problem)
    return thing


def _unusable(cls: type, problem: str) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(f"the {cls.__name__} in the states cannot be used: {problem}")


def _fresh(cls: Any) -> Any:
    """The attributes that one has which was just made; None where its making is a user's business."""
    if not is_ours(cls.__init__):
        return None
    attempts: list[tuple[Any, ...]] = [(), (1,), ([1],)]  # what schedules need
    for arguments in attempts:
        try:
            made = vars(cls(*arguments))
        except (AssertionError, TypeError, ValueError):
            continue
        return {name: value for name, value in made.items() if name != "param_dict"}
    return None


def _wrong(cls: type, attributes: Mapping[str, Any], fresh: Any, known: Mapping[str, Any]) -> str | None:
    """What is wrong with the attributes, in words; `known` has values like those of some of them."""
    missing = sorted(set(fresh or ()) - set(attributes))
    if missing:
        return f"its attribute {missing[0]!r} is missing"
    for name, value in attributes.items():
        own = getattr(cls, name, None)
        if fresh is not None and name not in fresh and hasattr(cls, name):
            return f"{name!r} belongs to its class"
        if callable(own) or isinstance(own, property):
            return f"{name!r} is what it does, and no attribute of it"
        if name not in known:
            continue
        fits, expected = KINDS.get(name, (partial(_fits, known[name]), f"a value like {known[name]!r}"))
        if not fits(value):
            return f"its attribute {name!r} is {described(value)}; expected {expected}"
    if attributes.get("lr", 0) is None and attributes.get("lr_scheduler") is None:
        return "it has neither a learning rate nor a schedule"
    return None


def _fits(fresh: Any, value: Any) -> bool:
    """Whether a value is of the kind of a fresh one; where that is None, it may be a number as well."""
    if fresh is None:
        return value is None or type(value) is str or is_number(value)
    if isinstance(fresh, (bool, int, float)):
        return is_number(value)
    if isinstance(fresh, list) and all(isinstance(each, int) for each in fresh):
        return type(value) is list and all(map(_is_count, value))
    return type(value) is type(fresh)


def is_number(value: Any) -> bool:
    """Whether a value can be computed with as one number, of at most 64 bits."""
    if isinstance(value, NDArray):  # as where a gradient was rescaled by one
        return value.size == 1
    if isinstance(value, np.generic):
        return value.dtype.kind in "fiub"
    return type(value) in (bool, float) or (type(value) is int and abs(value) < 1 << 63)


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= int(value) < 1 << 53


def _is_number_or_none(value: Any) -> bool:
    return value is None or is_number(value)


def _are_numbers(value: Any) -> bool:
    return type(value) is dict and all(map(is_number, value.values()))


def _are_counts(value: Any) -> bool:
    return type(value) is dict and all(map(_is_count, value.values()))


def _are_counts_of_contexts(value: Any) -> bool:
    return type(value) is dict and all(map(_are_counts, value.values()))


def _are_names(value: Any) -> bool:
    return type(value) is dict and all(type(each) is str for each in value.values())


def _are_variables(value: Any) -> bool:
    return value == () or (type(value) is tuple and len(value) == 2 and list(map(type, value)) == [dict, list])


def _is_schedule(value: Any) -> bool:
    return value is None or isinstance(value, LRScheduler)


def _are_sums(value: Any) -> bool:
    return type(value) is dict and all(
        type(each) is dict
        and (isinstance(each.get("cum_grad"), NDArray) or is_number(each.get("cum_grad")))
        and _is_count(each.get("num_cums"))
        for each in value.values()
    )


#: the attributes of which more is known than a fresh one says
KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (_is_number_or_none, "a number or None"),
    "clip_gradient": (_is_number_or_none, "a number or None"),
    "lr_scheduler": (_is_schedule, "a schedule or None"),
    "lr_mult": (_are_numbers, "a dict of numbers"),
    "wd_mult": (_are_numbers, "a dict of numbers"),
    "idx2name": (_are_names, "a dict of names"),
    "sym_info": (_are_variables, "attributes and names of variables"),
    "cumgrads": (_are_sums, "a dict of sums of gradients"),
    "_index_update_count": (_are_counts, "a dict of numbers of updates"),
    "_all_index_update_counts": (_are_counts_of_contexts, "a dict of dicts of numbers of updates"),
    **dict.fromkeys(
        "num_update begin_num_update aggregate_num count cur_step_ind warmup_steps max_update".split(),
        (_is_count, "a number of updates"),
    ),
}


def _wrong_schedule(schedule: Any, num_update: int) -> str | None:
    """What is wrong with a schedule of this package that gives the rate for this update, in words."""
    if isinstance(schedule, FactorScheduler):
        step = schedule.step
        if not _is_count(step) or step < 1 or (num_update - schedule.count) / step > MOST_STEPS:
            return f"its step is {step!r}, after {schedule.count} of {num_update} updates"
    if isinstance(schedule, MultiFactorScheduler) and sorted(set(schedule.step)) != schedule.step:
        return "its steps do not increase"
    if isinstance(schedule, (PolyScheduler, CosineScheduler)):
        steps = schedule.max_update - schedule.warmup_steps
        if schedule.max_steps != steps:
            return f"its max_steps is {schedule.max_steps!r}; expected {steps}"
    try:
        rate = copy.deepcopy(schedule)(num_update)
        return None if is_number(rate) and math.isfinite(rate) else f"its rate is {rate!r}"
    except (ArithmeticError, AssertionError, AttributeError, TypeError, ValueError) as error:
        return f"it gives no rate: {error}"


def is_ours(function: Callable[..., Any]) -> bool:
    """Whether a function is this package's, not a user's."""
    return function.__module__.partition(".")[0] == PACKAGE


def described(state: Any) -> str:
    """A part of a state in a few words."""
    if isinstance(state, NDArray):
        return f"an array of shape {state.shape} and dtype {str(held(state).dtype).removeprefix('torch.')}"
    if isinstance(state, (tuple, list)):
        return f"{len(state)} parts"
    return repr(state) if state is None or isinstance(state, (bool, int, float)) else f"a {type(state).__name__}"
