"""Trainer: updates a set of parameters with an optimizer, over all contexts they are on.

Parameters on several contexts have their gradients summed first. All parameters of a context are updated in one call of
the optimizer.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import optimizer as opt
from .._stores import _create_kvstore, _initialize_kvstore, _update_params_on_kvstore
from .._tracebacks import leaving
from ..base import MXNetError
from ..context import Context
from ..kvstore import KVStoreBase
from ..ndarray import NDArray
from ..optimizer.updater import load_states, save_states
from .parameter import Parameter, ParameterDict

__all__ = ["Trainer"]


class Trainer:
    """Applies an optimizer to parameters after each backward.

    Parameters
    ----------
    params : ParameterDict, dict, list or tuple of Parameter
        what to train, usually ``net.collect_params()``
    optimizer : str or Optimizer
        by name, or made already
    optimizer_params : dict, optional
        the arguments of an optimizer given by name
    kvstore : str, KVStore or None
        what adds up the gradients of several contexts; with None every context goes its own way
    compression_params : dict, optional
        of gradients between contexts; without effect on a single one
    update_on_kvstore : bool, optional
        update once and copy to all contexts (the default where there are several), or update on each

    Raises
    ------
    ValueError
        `params` is no collection of Parameters, or the optimizer is not known
    AssertionError
        `optimizer_params` for an optimizer that is made already

    Examples
    --------
    >>> net = mx.gluon.nn.Dense(1, in_units=2)
    >>> net.initialize(mx.init.One())
    >>> trainer = mx.gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5})
    >>> with mx.autograd.record():
    ...     loss = net(mx.nd.array([[1, 2]]))
    >>> loss.backward()
    >>> trainer.step(batch_size=1)
    >>> net.weight.data().asnumpy().tolist()
    [[0.5, 0.0]]
    """

    @leaving
    def __init__(
        self,
        params: ParameterDict | Mapping[str, Parameter] | list[Parameter] | tuple[Parameter, ...],
        optimizer: str | opt.Optimizer,
        optimizer_params: dict[str, Any] | None = None,
        kvstore: str | KVStoreBase | None = "device",
        compression_params: dict[str, Any] | None = None,
        update_on_kvstore: bool | None = None,
    ) -> None:
        self._params = _as_list(params)
        self._param2idx = {parameter.name: index for index, parameter in enumerate(self._params)}
        for parameter in self._params:
            parameter._set_trainer(self)
        self._compression_params = compression_params
        self._contexts = self._check_contexts()
        optimizer_params = {} if optimizer_params is None else optimizer_params
        self._optimizer = self._make_optimizer(optimizer, optimizer_params)
        self._scale = float(self._optimizer.rescale_grad)
        self._updaters = self._new_updaters()
        self._kvstore_type = kvstore
        self._kvstore: Any = None
        self._params_to_init: list[Parameter] = []
        self._asked_update_on_kvstore = update_on_kvstore
        self._update_on_kvstore: bool | None = None
        self._kv_initialized = False

    def _check_contexts(self) -> list[Context]:
        contexts: list[Context] | None = None
        for parameter in self._params:
            found = parameter.list_ctx()
            if contexts is not None and contexts != found:
                raise AssertionError(
                    f"Trainer: Parameter {parameter.name!r} is on {found}, the ones before it on {contexts}; "
                    "all must be on the same contexts"
                )
            contexts = found
        if contexts is None:
            raise TypeError("Trainer: params is empty; expected at least one Parameter")
        return contexts

    def _make_optimizer(self, optimizer: str | opt.Optimizer, arguments: dict[str, Any]) -> opt.Optimizer:
        parameters = dict(enumerate(self._params))
        if isinstance(optimizer, opt.Optimizer):
            if arguments:
                raise AssertionError(
                    f"Trainer: optimizer_params={arguments} are for an optimizer given by name; this one is a "
                    f"{type(optimizer).__name__} already"
                )
            optimizer.param_dict = parameters
            return optimizer
        if not isinstance(arguments, Mapping):
            raise TypeError(
                f"Trainer: optimizer_params={arguments!r} of type {type(arguments).__name__}; expected a dict such as "
                "{'learning_rate': 0.1}"
            )
        return opt.create(optimizer, param_dict=parameters, **arguments)

    def _new_updaters(self) -> list[opt.Updater]:
        """One for each context."""
        return [opt.get_updater(self._optimizer) for _ in self._contexts]

    # --- where the gradients meet -------------------------------------------------------------------------------

    def _init_kvstore(self) -> None:
        """Decide where gradients are added up and weights are updated, and hand a store that updates the optimizer."""
        if self._kv_initialized:
            return
        self._contexts = self._check_contexts()
        if len(self._updaters) != len(self._contexts):
            self._updaters = self._new_updaters()
        known = {each.name: each._copies()[0] for each in self._params if not each._deferred_init}
        store, on_store = _create_kvstore(self._kvstore_type, len(self._contexts), known)
        wanted = self._asked_update_on_kvstore
        if store is not None and wanted is not None:
            if wanted and not store.is_capable(KVStoreBase.OPTIMIZER):
                raise ValueError(
                    f"Trainer: update_on_kvstore=True, but a {type(store).__name__} cannot hold an optimizer"
                )
            on_store = bool(wanted)
        if store is not None and self._compression_params:
            store.set_gradient_compression(self._compression_params)
        if store is not None and on_store:
            store.set_optimizer(self._optimizer)
        self._kvstore, self._update_on_kvstore = store, on_store if store is not None else None
        self._params_to_init = list(self._params) if store is not None else []
        self._kv_initialized = True

    def _reset_kvstore(self) -> None:
        """Decide again with the next step, and start with another store."""
        self._kv_initialized, self._kvstore, self._update_on_kvstore, self._params_to_init = False, None, None, []

    def _weights_replaced(self, parameter: Parameter) -> None:
        """Take note that a parameter was given other values: a store that updates has those from before."""
        if self._update_on_kvstore and parameter not in self._params_to_init:
            self._reset_kvstore()

    def _contexts_replaced(self, parameter: Parameter) -> None:
        """Take note that a parameter is on other contexts: there may be more to update, or something to add up."""
        missing = len(parameter.list_ctx()) - len(self._updaters)
        self._updaters += [opt.get_updater(self._optimizer) for _ in range(missing)]
        if self._kvstore is None:
            self._reset_kvstore()

    def _init_params(self) -> None:
        """Give the store the first values of parameters, and all contexts the same."""
        ready = [each for each in self._params_to_init if not each._deferred_init]
        self._params_to_init = [each for each in self._params_to_init if each._deferred_init]
        if ready:
            keys = [self._param2idx[parameter.name] for parameter in ready]
            copies = [parameter._copies() for parameter in ready]
            first = {key: arrays[0] for key, arrays in zip(keys, copies)}
            _initialize_kvstore(self._kvstore, copies, first, keys, update_on_kvstore=True)

    @property
    def learning_rate(self) -> float:
        """The learning rate now."""
        if not isinstance(self._optimizer, opt.Optimizer):
            raise UserWarning("learning_rate: the optimizer is not made yet")
        return self._optimizer.learning_rate

    @property
    def optimizer(self) -> opt.Optimizer:
        """The optimizer."""
        return self._optimizer

    def set_learning_rate(self, lr: float) -> None:
        """Set the learning rate.

        Raises
        ------
        UserWarning
            the optimizer has a learning rate scheduler
        """
        self._optimizer.set_learning_rate(lr)

    # --- steps --------------------------------------------------------------------------------------------------

    @leaving
    def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update all parameters by their gradients.

        Parameters
        ----------
        batch_size : int
            gradients are divided by it
        ignore_stale_grad : bool
            leave parameters as they are whose gradient backward did not write since the last step, instead of raising

        Raises
        ------
        UserWarning
            a gradient is stale
        """
        self._optimizer.rescale_grad = self._rescaled("step", batch_size)
        self._prepare()
        self._allreduce_grads()
        self._update(ignore_stale_grad)

    @leaving
    def allreduce_grads(self) -> None:
        """Sum the gradients over all contexts, without updating.

        Raises
        ------
        AssertionError
            the trainer updates on the kvstore
        """
        self._prepare()
        self._check_updates_here("allreduce_grads")
        self._allreduce_grads()

    @leaving
    def update(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update all parameters, after :meth:`allreduce_grads`; the arguments are those of :meth:`step`.

        Raises
        ------
        AssertionError
            the trainer updates on the kvstore
        """
        self._prepare()
        self._check_updates_here("update")
        self._optimizer.rescale_grad = self._rescaled("update", batch_size)
        self._update(ignore_stale_grad)

    def _rescaled(self, call: str, batch_size: float) -> float:
        """What gradients are multiplied by for a batch size.

        Raises
        ------
        MXNetError
            the batch size is an array
        """
        if isinstance(batch_size, NDArray) or (isinstance(batch_size, np.ndarray) and batch_size.ndim):
            raise MXNetError(
                f"Trainer.{call}: batch_size is an array of shape {batch_size.shape}; expected a number (asscalar() or "
                "item() of an array with one element)"
            )
        return float(self._scale / batch_size)

    def _prepare(self) -> None:
        self._init_kvstore()
        if self._params_to_init:
            self._init_params()

    def _check_updates_here(self, call: str) -> None:
        if self._update_on_kvstore:
            raise AssertionError(
                f"Trainer.{call}: updates happen on the kvstore; make the Trainer with update_on_kvstore=False"
            )

    def _trained(self) -> list[tuple[int, Parameter]]:
        return [(index, item) for index, item in enumerate(self._params) if item.grad_req != "null"]

    def _allreduce_grads(self) -> None:
        """Sum gradients over contexts; a store that updates gives all contexts the new weights instead."""
        if self._kvstore is None:
            return
        trained = self._trained()
        keys, grads = [key for key, _ in trained], [parameter.list_grad() for _, parameter in trained]
        if self._update_on_kvstore:
            weights = [parameter._copies() for _, parameter in trained]
            _update_params_on_kvstore(weights, grads, self._kvstore, keys)
        else:
            self._kvstore.pushpull_all(keys, grads)

    def _update(self, ignore_stale_grad: bool = False) -> None:
        """Update on each context, and mark the gradients as used."""
        indices: list[list[int]] = [[] for _ in self._updaters]
        grads: list[list[NDArray]] = [[] for _ in self._updaters]
        weights: list[list[NDArray]] = [[] for _ in self._updaters]
        for index, parameter in self._trained():
            copies = parameter._copies()
            if not ignore_stale_grad:
                for array in copies:
                    if not array._fresh_grad:
                        for _, each in self._trained():
                            each.list_data()  # one without a shape yet says more
                        raise UserWarning(
                            f"Parameter {parameter.name!r}: its gradient on {array.context} is stale, as backward has "
                            "not written it since the last step; if the loss is not meant to depend on it, "
                            "step(ignore_stale_grad=True) leaves it as it is"
                        )
            if self._update_on_kvstore:
                continue
            for place, (array, gradient) in enumerate(zip(copies, parameter.list_grad())):
                if array._fresh_grad or not ignore_stale_grad:
                    indices[place].append(index)
                    grads[place].append(gradient)
                    weights[place].append(array)
                    array._fresh_grad = False
        for place, updater in enumerate(self._updaters):
            if indices[place]:
                if place:
                    self._optimizer._set_current_context(place)
                updater(indices[place], grads[place], weights[place])
        if len(self._updaters) > 1:
            self._optimizer._set_current_context(0)

    # --- files --------------------------------------------------------------------------------------------------

    def save_states(self, fname: str | os.PathLike[str]) -> None:
        """Write the optimizer and its states to a file; a store that updates has them and writes them."""
        self._prepare()
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname, dump_optimizer=True)
        else:
            save_states(self._updaters[0], fname, dump_optimizer=True)

    def load_states(self, fname: str | os.PathLike[str]) -> None:
        """Read what :meth:`save_states` wrote.

        Raises
        ------
        UnpicklingError
            the file is damaged, or holds something that is no part of a state; nothing changes then
        MXNetError
            a state does not fit its parameter; nothing changes then either
        """
        self._prepare()
        by_index = dict(enumerate(self._params))
        if not self._update_on_kvstore:
            load_states(self._updaters, fname, by_index)
            self._optimizer = self._updaters[0].optimizer
            return
        store = self._kvstore
        store.load_optimizer_states(fname)
        self._optimizer = store.held_optimizer() or self._optimizer
        self._optimizer.param_dict = by_index


def _as_list(params: Any) -> list[Parameter]:
    """The parameters, in order."""
    if isinstance(params, (dict, ParameterDict)):
        params = [params[name] for name in sorted(params.keys())]
    if not isinstance(params, (list, tuple)):
        raise ValueError(f"Trainer: params is a {type(params).__name__}; expected a list or dict of Parameters")
    for parameter in params:
        if not isinstance(parameter, Parameter):
            raise ValueError(f"Trainer: params holds a {type(parameter).__name__}; expected Parameters")
    return list(params)
