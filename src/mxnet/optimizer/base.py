"""What every optimizer shares: its registry, learning rates and weight decays, the count of updates, float32 copies.

:class:`Optimizer` is what a user's own optimizer derives from. :class:`TensorOptimizer` is for rules written on tensors
(:mod:`mxnet.ops.optim.steps`), which can update all parameters in one call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch

from .. import memory
from .._tracebacks import warn
from ..base import MXNetError, dtype_name, is_half, or_rather
from ..context import Context
from ..lr_scheduler import LRScheduler
from ..ndarray.ndarray import NDArray, wrap
from ..ndarray.sparse_array import RowSparseNDArray, held, zeros_of
from ..ndarray.sparse_calls import described, rows_in_place, whole
from ..util import is_np_array
from .arguments import unknown_argument

__all__ = ["Optimizer", "TensorOptimizer", "create", "register"]

State = Any


def aggregation_size(default: int, most: int | None = None) -> int:
    """How many parameters MXNet updates in one call: ``MXNET_OPTIMIZER_AGGREGATION_SIZE``."""
    size = int(os.environ.get("MXNET_OPTIMIZER_AGGREGATION_SIZE", default))
    return size if most is None else max(1, min(size, most))


def zeros_like(weight: NDArray, dtype: torch.dtype | None = None, rows: bool = False) -> NDArray:
    """Zeros as large as a weight, on its context and in its memory layout.

    With `rows` those of a row_sparse weight are row_sparse as well.
    """
    if weight._sparse:
        stype = "row_sparse" if rows and weight.stype == "row_sparse" else "default"
        return zeros_of(stype, weight.shape, dtype or held(weight).dtype, weight._ctx)
    return wrap(torch.zeros_like(weight._t, dtype=dtype, requires_grad=False), weight._ctx)


def single_copy(weight: NDArray) -> NDArray:
    """A float32 copy of a weight."""
    return wrap(weight._whole.detach().to(torch.float32, copy=True), weight._ctx)


class Optimizer:
    """Changes weights by their gradients.

    An own optimizer derives from this class, says in :meth:`create_state` what it keeps for each weight and in
    :meth:`update` how a weight changes.

    Parameters
    ----------
    rescale_grad : float
        multiplies every gradient first; 1 / batch size for a sum over the batch
    param_idx2name : dict of int to str, optional
        the names of the parameters, which decide about weight decay: only names that end with ``_weight`` or
        ``_gamma`` decay
    wd : float
        weight decay: the gradient of wd / 2 * ||weight||^2 is added
    clip_gradient : float, optional
        the rescaled gradients are clipped to [-clip_gradient, clip_gradient]
    learning_rate : float, optional
        0.01 where neither it nor a scheduler is given; goes before the scheduler's `base_lr`
    lr_scheduler : LRScheduler, optional
        gives the learning rate by the number of updates
    sym : Symbol, optional
        where ``__lr_mult__`` and ``__wd_mult__`` of the variables are read from
    begin_num_update : int
        the number of updates made before
    multi_precision : bool
        keep a float32 copy of each float16 or bfloat16 weight and update that
    param_dict : dict of int to Parameter, optional
        Gluon's parameters, whose `lr_mult` and `wd_mult` go before those set here

    Examples
    --------
    >>> @mx.optimizer.Optimizer.register
    ... class HalfStep(mx.optimizer.Optimizer):
    ...     def update(self, index, weight, grad, state):
    ...         self._update_count(index)
    ...         weight[:] -= self._get_lr(index) * 0.5 * grad
    >>> weight = mx.nd.array([1])
    >>> mx.optimizer.create('halfstep', learning_rate=1.0).update(0, weight, mx.nd.array([1]), None)
    >>> weight.asscalar().item()
    0.5
    """

    #: the classes by lower-case name
    opt_registry: ClassVar[dict[str, type]] = {}
    #: whether many weights are updated together by fewer kernels, and as they would be one by one
    fused: ClassVar[bool] = False

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: dict[Any, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: LRScheduler | None = None,
        sym: Any = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: dict[Any, Any] | None = None,
    ) -> None:
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        if lr_scheduler is None:
            self.lr = 0.01 if learning_rate is None else learning_rate
        else:
            self.lr = learning_rate  # type: ignore[assignment]
            if learning_rate is not None and lr_scheduler.base_lr != learning_rate:
                print(f"{type(self).__name__}: learning_rate={learning_rate} replaces the scheduler's base_lr")
                lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.lr_mult: dict[Any, float] = {}
        self.wd_mult: dict[Any, float] = {}
        self.clip_gradient, self.multi_precision = clip_gradient, multi_precision
        self.num_update = self.begin_num_update = begin_num_update
        self._all_index_update_counts: dict[int, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.aggregate_num = 0
        self.allow_np_array = is_np_array()
        names = {} if param_idx2name is None else param_idx2name
        if not isinstance(names, dict):
            raise AssertionError(f"{type(self).__name__}: param_idx2name is a dict of names, got {names!r}")
        self.idx2name = dict(names)
        self.param_dict = param_dict or {}
        self.sym_info = () if sym is None else (sym.attr_dict(), sym.list_arguments())
        self.set_lr_mult({})
        self.set_wd_mult({})

    # --- registry -----------------------------------------------------------------------------------------------

    @staticmethod
    def register(klass: Any) -> Any:
        """Make an optimizer class known by its lower-case name."""
        if not isinstance(klass, type):
            raise AssertionError(f"Optimizer.register: expected a class, got {klass!r}")
        name = klass.__name__.lower()
        replaced = Optimizer.opt_registry.get(name)
        if replaced is not None:
            warn(
                f"optimizer {klass.__module__}.{klass.__name__} takes the name {name!r} from "
                f"{replaced.__module__}.{replaced.__name__}",
                UserWarning,
            )
        Optimizer.opt_registry[name] = klass
        return klass

    @staticmethod
    def create_optimizer(name: str, **kwargs: Any) -> Optimizer:
        """An optimizer by name, in any case, and its arguments.

        Raises
        ------
        ValueError
            no optimizer has the name
        TypeError
            it has no such argument
        """
        klass = Optimizer.opt_registry.get(name.lower())
        if klass is None:
            near = or_rather(name, Optimizer.opt_registry)
            raise ValueError(
                f"create: there is no optimizer {name!r}{near}; there are {sorted(Optimizer.opt_registry)}"
            )
        try:
            return klass(**kwargs)
        except TypeError:
            wrong = unknown_argument(klass, kwargs)
            if wrong is None:
                raise
            raise TypeError(f"{klass.__name__}: {wrong}") from None  # what Python says of it

    # --- what an optimizer says ---------------------------------------------------------------------------------

    def create_state(self, index: Any, weight: NDArray) -> State:
        """What to keep for a weight: None, an array, or a tuple of them."""
        return None

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> State:
        """What to keep for a weight, with the float32 copy of a half precision one where `multi_precision` is set."""
        if self._is_mixed(weight):
            copy = single_copy(weight)
            return copy, self.create_state(index, copy)
        self._warn_about_half(weight)
        return self.create_state(index, weight)

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: State) -> None:
        """Change `weight` by `grad`, and `state` with it, in place.

        Parameters
        ----------
        index : int or str
            the parameter's number, by which its learning rate, weight decay and count of updates are known
        weight, grad : NDArray
            the weight and its gradient
        state : None, NDArray or tuple
            what :meth:`create_state` gave for the weight
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how to update a weight")

    def update_multi_precision(self, index: Any, weight: NDArray, grad: NDArray, state: State) -> None:
        """:meth:`update`, by way of the float32 copy where there is one."""
        if self._is_mixed(weight):
            copy, inner = state
            self.update(index, copy, grad.astype(np.float32), inner)
            weight._store(copy._t)
        else:
            self.update(index, weight, grad, state)

    def update_all(
        self, indices: Sequence[Any], weights: Sequence[NDArray], grads: Sequence[NDArray], states: Sequence[State]
    ) -> None:
        """Update many weights, each with its own gradient and state; what a training step calls.

        The optimizers of this package update all weights of one learning rate, weight decay and count of updates with
        a few kernels; one that has an :meth:`update` of its own is called for each weight. An :class:`Updater` called
        with lists ends here, so Gluon's Trainer calls ``updater(indices, grads, weights)`` once for each context.

        Parameters
        ----------
        indices : sequence
            the parameters' numbers
        weights, grads, states : sequence
            in the same order; the states are those of :meth:`create_state_multi_precision`
        """
        if not self.aggregate_num:
            for index, weight, grad, state in zip(indices, weights, grads, states, strict=True):
                self.update_multi_precision(index, weight, grad, state)
            return
        by_dtype: dict[Any, list[int]] = {}
        for position, weight in enumerate(weights):
            by_dtype.setdefault(weight.dtype, []).append(position)
        for positions in by_dtype.values():
            for first in range(0, len(positions), self.aggregate_num):
                chunk = positions[first : first + self.aggregate_num]
                lists: Any = ([each[position] for position in chunk] for each in (indices, weights, grads, states))
                self.update_multi_precision(*lists)

    # --- learning rates and weight decays -----------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        """The learning rate now, the scheduler's where there is one."""
        return self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)

    def set_learning_rate(self, lr: float) -> None:
        """Set the learning rate.

        Raises
        ------
        UserWarning
            a scheduler decides about it
        """
        if self.lr_scheduler is not None:
            raise UserWarning(
                f"set_learning_rate: {type(self.lr_scheduler).__name__} decides about the learning rate, not {lr}"
            )
        self.lr = lr

    def set_lr_scale(self, args_lrscale: dict[Any, float]) -> None:
        """Not any more: :meth:`set_lr_mult` replaced it long ago."""
        raise DeprecationWarning("set_lr_scale: use set_lr_mult")

    def _multipliers_of_symbol(self, attribute: str) -> dict[Any, float]:
        if not self.sym_info:
            return {}
        attributes, names = self.sym_info
        return {name: float(attributes[name][attribute]) for name in names if attribute in attributes.get(name, {})}

    def set_lr_mult(self, args_lr_mult: dict[Any, float]) -> None:
        """Multiply the learning rate of single parameters.

        Parameters
        ----------
        args_lr_mult : dict
            index or name of a parameter to its multiplier; 1 for those not in it, unless the symbol says otherwise
        """
        self.lr_mult = {**self._multipliers_of_symbol("__lr_mult__"), **args_lr_mult}

    def _decays(self, name: str) -> bool:
        """Whether a parameter of this name has weight decay where nothing is said about it."""
        return name.endswith(("_weight", "_gamma"))

    def set_wd_mult(self, args_wd_mult: dict[Any, float]) -> None:
        """Multiply the weight decay of single parameters.

        Parameters
        ----------
        args_wd_mult : dict
            index or name of a parameter to its multiplier; for those not in it 1, or 0 where the name does not end
            with ``_weight`` or ``_gamma``
        """
        exempt = {name: 0.0 for name in self.idx2name.values() if not self._decays(name)}
        self.wd_mult = {**exempt, **self._multipliers_of_symbol("__wd_mult__"), **args_wd_mult}

    def _multiplied(
        self, indices: Sequence[Any], value: float, multipliers: dict[Any, float], which: str
    ) -> list[float]:
        values = []
        for index in indices:
            if index in self.param_dict:
                factor = getattr(self.param_dict[index], which)
            elif index in multipliers:
                factor = multipliers[index]
            else:
                factor = multipliers.get(self.idx2name.get(index), 1.0)
            values.append(value * factor)
        return values

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        """The learning rates of parameters, multipliers included."""
        lr = self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)
        return self._multiplied(indices, lr, self.lr_mult, "lr_mult")

    def _get_lr(self, index: Any) -> float:
        """The learning rate of a parameter, multiplier included."""
        return self._get_lrs([index])[0]

    def _get_wds(self, indices: Sequence[Any]) -> list[float]:
        """The weight decays of parameters, multipliers included."""
        return self._multiplied(indices, self.wd, self.wd_mult, "wd_mult")

    def _get_wd(self, index: Any) -> float:
        """The weight decay of a parameter, multiplier included."""
        return self._get_wds([index])[0]

    #: whether it asks :meth:`_get_lrs` and :meth:`_get_wds` for all parameters of an update; else a subclass's
    #: :meth:`_get_lr` and :meth:`_get_wd` are asked for one after the other, as MXNet's optimizers do
    _asks_for_many = False

    def _lrs_asked(self, indices: Sequence[Any]) -> list[float]:
        """The learning rates of an update, by whatever methods of them a subclass has."""
        if self._asks_for_many or type(self)._get_lr is Optimizer._get_lr:
            return self._get_lrs(indices)
        return [self._get_lr(index) for index in indices]

    def _wds_asked(self, indices: Sequence[Any]) -> list[float]:
        """The weight decays of an update, by whatever methods of them a subclass has."""
        if self._asks_for_many or type(self)._get_wd is Optimizer._get_wd:
            return self._get_wds(indices)
        return [self._get_wd(index) for index in indices]

    # --- counts -------------------------------------------------------------------------------------------------

    def _set_current_context(self, device_id: int) -> None:
        """Count the updates of another device from here on."""
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index: Any) -> None:
        """Count an update of a parameter, or of each in a list."""
        counts = self._index_update_count
        for each in index if isinstance(index, (list, tuple)) else [index]:
            counts[each] = counts.get(each, self.begin_num_update) + 1
            self.num_update = max(counts[each], self.num_update)

    # --- mixed precision ----------------------------------------------------------------------------------------

    def _is_mixed(self, weight: NDArray) -> bool:
        return bool(self.multi_precision) and is_half(held(weight).dtype)

    def _warn_about_half(self, weight: NDArray) -> None:
        if is_half(held(weight).dtype):
            warn(
                f"{type(self).__name__} sums small steps in {dtype_name(held(weight).dtype)}, which loses them; "
                "multi_precision=True keeps a float32 copy of the weights",
                UserWarning,
            )

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["param_dict"]  # the parameters themselves
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.param_dict = {}


register: Callable[[Any], Any] = Optimizer.register
create: Callable[..., Optimizer] = Optimizer.create_optimizer


class TensorOptimizer(Optimizer):
    """An optimizer whose rule is written on lists of tensors.

    A subclass has :meth:`step`. Parameters with the same learning rate, weight decay and count of updates go into one
    call of it; where `fused` is False every parameter gets a call of its own, in order.
    """

    fused: ClassVar[bool] = True

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """Update weights in place.

        Parameters
        ----------
        weights, gradients : list of torch.Tensor
            of one dtype for each pair; the gradients must stay as they are
        states : list
            the state of each weight: None, a tensor or a tuple of them
        lr, wd : float
            the rate that :meth:`_rates` gave and the weight decay
        t : int
            the number of this update, from 1
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how to update a weight")

    def _rates(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], wds: list[float]
    ) -> list[float]:
        """The learning rate of each parameter for :meth:`step`."""
        return self._lrs_asked(indices)

    def _has_own_rule(self) -> bool:
        """Whether a subclass says in an `update` of its own how a weight changes."""
        return type(self).update is not TensorOptimizer.update

    def _clip(self) -> float | None:
        """The bound gradients are clipped to, or None."""
        return self.clip_gradient if self.clip_gradient and self.clip_gradient > 0 else None

    def _split_mixed(self, state: State) -> tuple[NDArray, State]:
        """The float32 copy and the rest of a state."""
        return state[0], state[1]

    def update(self, index: Any, weight: Any, grad: Any, state: State) -> None:
        """Change `weight` by `grad`, and `state` with it, in place; lists update several weights."""
        if isinstance(index, (list, tuple)):
            self._update_arrays(index, weight, grad, state, mixed=False)
        else:
            self._update_arrays([index], [weight], [grad], [state], mixed=False)

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: State) -> None:
        """:meth:`update`, by way of the float32 copies where there are any."""
        if self._has_own_rule():
            super().update_multi_precision(index, weight, grad, state)
        elif isinstance(index, (list, tuple)):
            self._update_arrays(index, weight, grad, state, mixed=True)
        else:
            self._update_arrays([index], [weight], [grad], [state], mixed=True)

    def update_all(
        self, indices: Sequence[Any], weights: Sequence[NDArray], grads: Sequence[NDArray], states: Sequence[State]
    ) -> None:
        """Update many weights with a few kernels; see :meth:`Optimizer.update_all`."""
        if self._has_own_rule() or type(self).update_multi_precision is not TensorOptimizer.update_multi_precision:
            super().update_all(indices, weights, grads, states)
        else:
            self._update_arrays(indices, weights, grads, states, mixed=True)

    def _update_arrays(
        self,
        indices: Sequence[Any],
        weights: Sequence[NDArray],
        grads: Sequence[NDArray],
        states: Sequence[State],
        mixed: bool,
    ) -> None:
        """From arrays to tensors; `mixed` says that the states of half precision weights hold float32 copies."""
        for index, weight, grad in zip(indices, weights, grads, strict=True):
            self._check(index, weight, grad)
        if any(array._sparse for array in (*weights, *grads)):
            for each in zip(indices, weights, grads, states, strict=True):
                self._update_one(*each, mixed)
            return
        arrays = [*weights, *(array for state in states for array in _arrays(state))]
        with memory.writing(*(array._t for array in arrays)) as written:
            of = {id(array): tensor for array, tensor in zip(arrays, written)}
            tensors, gradients, inner = [], [], []
            halves: list[tuple[torch.Tensor, torch.Tensor]] = []
            for weight, grad, state in zip(weights, grads, states, strict=True):
                tensor, gradient = of[id(weight)], grad._t.detach()
                if mixed and self._is_mixed(weight):
                    whole, state = self._split_mixed(state)
                    halves.append((tensor, of[id(whole)]))
                    tensor, gradient = of[id(whole)], gradient.float()
                tensors.append(tensor)
                gradients.append(gradient)
                inner.append(_tensors(state, of))
            self._update_tensors(indices, tensors, gradients, inner)
            for half, copy in halves:
                half.copy_(copy)

    def _updates_rows(self, weight: NDArray) -> bool:
        """Whether a gradient that has some rows changes only those of the weight and its states."""
        return False

    def _update_one(self, index: Any, weight: NDArray, grad: NDArray, state: State, mixed: bool) -> None:
        """Update a weight, where it, its gradient or its states may be sparse."""
        arrays = [weight, *_arrays(state)]
        half = mixed and self._is_mixed(weight)
        if isinstance(grad, RowSparseNDArray) and not half and self._updates_rows(weight):

            def step(rows: torch.Tensor, gradient: torch.Tensor, kept: list[torch.Tensor]) -> None:
                of = {id(array): tensor for array, tensor in zip(arrays, (rows, *kept))}
                self._update_tensors([index], [rows], [gradient], [_tensors(state, of)])

            rows_in_place(type(self).__name__, weight, grad, arrays[1:], step)
            return
        dense = {id(array): whole(array) for array in arrays}
        self._update_arrays([index], [dense[id(weight)]], [whole(grad)], [_tensors(state, dense)], mixed)
        for array in arrays:
            if array._sparse:
                array._store(dense[id(array)]._t)

    def _update_tensors(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], states: list[Any]
    ) -> None:
        self._update_count(list(indices))
        wds = self._wds_asked(indices)
        lrs = self._rates(indices, weights, gradients, wds)
        counts = self._index_update_count
        if not self.fused:
            for position, index in enumerate(indices):
                one = slice(position, position + 1)
                self.step(weights[one], gradients[one], states[one], lrs[position], wds[position], counts[index])
            return
        groups: dict[tuple[Any, ...], list[int]] = {}
        for position, index in enumerate(indices):
            groups.setdefault((lrs[position], wds[position], counts[index]), []).append(position)
        for (lr, wd, t), positions in groups.items():
            if len(positions) == len(weights):
                self.step(weights, gradients, states, lr, wd, t)
            else:
                members = [[each[position] for position in positions] for each in (weights, gradients, states)]
                self.step(members[0], members[1], members[2], lr, wd, t)

    def _check(self, index: Any, weight: NDArray, grad: NDArray) -> None:
        """Raise where a gradient does not fit its weight."""
        name = type(self).__name__
        for which, array in (("weight", weight), ("grad", grad)):
            if not isinstance(array, NDArray):
                raise AssertionError(
                    f"{name}: {which} {index} must be an NDArray, got {array!r} of {type(array).__name__}"
                )
        one, other = held(weight), held(grad)
        if tuple(one.shape) != tuple(other.shape) or one.dtype is not other.dtype:
            raise MXNetError(
                f"{name}: the gradient of parameter {index} is {described(grad)}; its weight is {described(weight)}"
            )
        if not one.dtype.is_floating_point:
            raise MXNetError(f"{name}: the weight of parameter {index} is {described(weight)}; expected floats")
        if one.device != other.device:
            context: tuple[Context, Context] = (grad._ctx, weight._ctx)
            raise MXNetError(
                f"{name}: the gradient of parameter {index} is on {context[0]}, its weight on {context[1]}"
            )


def _arrays(state: State) -> Iterator[NDArray]:
    """The arrays of a state."""
    if isinstance(state, NDArray):
        yield state
    elif isinstance(state, (tuple, list)):
        for each in state:
            yield from _arrays(each)


def _tensors(state: State, of: Mapping[int, Any]) -> Any:
    """A state with its arrays replaced by others or by tensors, given by the arrays' identity."""
    if isinstance(state, NDArray):
        return of[id(state)]
    if isinstance(state, (tuple, list)):
        return tuple(_tensors(each, of) for each in state)
    return state
