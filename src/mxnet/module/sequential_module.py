"""Modules one after the other."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..initializer import Uniform
from ..io import DataBatch, DataDesc
from ..ndarray import NDArray
from .base_module import BaseModule
from .states import after

__all__ = ["SequentialModule"]


class SequentialModule(BaseModule):
    """Modules one after the other, the outputs of each the inputs of the next.

    Parameters
    ----------
    logger : logging.Logger
        where to say what happens
    """

    #: of a module that takes the labels
    META_TAKE_LABELS = "take_labels"
    #: of a module whose inputs are named after it, not after the outputs before it
    META_AUTO_WIRING = "auto_wiring"

    def __init__(self, logger: Any = logging) -> None:
        super().__init__(logger=logger)
        self._modules: list[BaseModule] = []
        self._metas: list[dict[str, Any]] = []
        self._label_shapes: Any = None
        self._data_shapes: Any = None
        self._meta_keys = {self.META_TAKE_LABELS, self.META_AUTO_WIRING}

    def add(self, module: BaseModule, **kwargs: Any) -> SequentialModule:
        """Put a module behind the others.

        Parameters
        ----------
        module : BaseModule
            the module
        take_labels : bool
            it takes the labels
        auto_wiring : bool
            its inputs are the outputs before it in their order, whatever they are called

        Raises
        ------
        AssertionError
            there is another argument
        """
        unknown = sorted(set(kwargs) - self._meta_keys)
        if unknown:
            raise AssertionError(f"add: unknown {', '.join(unknown)}; there are {', '.join(sorted(self._meta_keys))}")
        self._modules.append(module)
        self._metas.append(kwargs)
        self.binded = self.params_initialized = self.optimizer_initialized = False
        return self

    def _takes_labels(self, place: int) -> bool:
        return bool(self._metas[place].get(self.META_TAKE_LABELS))

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """The names of the first module's inputs."""
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self) -> list[str]:
        """The names of the last module's outputs."""
        return self._modules[-1].output_names if self._modules else []

    @property
    @after("binded")
    def data_shapes(self) -> list[DataDesc]:
        """The first module's inputs."""
        return self._modules[0].data_shapes

    @property
    @after("binded")
    def label_shapes(self) -> Any:
        """The labels, as they were given; None where no module takes them."""
        return self._label_shapes

    @property
    @after("binded")
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """The last module's outputs."""
        return self._modules[-1].output_shapes

    # --- parameters -----------------------------------------------------------------------------------------------

    @after("binded", "params_initialized")
    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """The parameters and the auxiliary states of all modules, by name."""
        arguments: dict[str, NDArray] = {}
        states: dict[str, NDArray] = {}
        for module in self._modules:
            some, others = module.get_params()
            arguments.update(some)
            states.update(others)
        return arguments, states

    @after("binded")
    def init_params(
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values, module by module; see :meth:`Module.init_params`.

        Raises
        ------
        AssertionError
            two modules have parameters of one name
        """
        if self.params_initialized and not force_init:
            return
        for module in self._modules:
            module.init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra)
        for kind in (0, 1):
            owners: dict[str, int] = {}
            for place, module in enumerate(self._modules):
                for name in module.get_params()[kind]:
                    if owners.setdefault(name, place) != place:
                        raise AssertionError(f"init_params: the modules {owners[name]} and {place} both have a {name}")
        self.params_initialized = True

    # --- binding --------------------------------------------------------------------------------------------------

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Bind all modules, each to the shapes that the one before it gives; see :meth:`Module.bind`.

        Raises
        ------
        AssertionError
            there is no module, or `shared_module` is given
        """
        if self._had("bind", self.binded and not force_rebind, "force_rebind"):
            return
        if inputs_need_grad and not for_training:
            raise AssertionError("bind: inputs_need_grad=True needs for_training=True")
        if shared_module is not None:
            raise AssertionError("bind: shared_module is not supported for SequentialModule")
        if not self._modules:
            raise AssertionError("bind: there is no module; add() puts one in")
        self.for_training, self.inputs_need_grad, self.binded = for_training, inputs_need_grad, True
        self._label_shapes = label_shapes if any(map(self._takes_labels, range(len(self._modules)))) else None
        shapes = data_shapes
        for place, module in enumerate(self._modules):
            if self._metas[place].get(self.META_AUTO_WIRING):
                names = module.data_names
                if len(names) != len(shapes):
                    raise AssertionError(f"bind: module {place} takes {len(names)} inputs, and gets {len(shapes)}")
                shapes = [(name, _pair(each)[1]) for name, each in zip(names, shapes)]
            module.bind(
                data_shapes=shapes,
                label_shapes=label_shapes if self._takes_labels(place) else None,
                for_training=for_training,
                # every module but the first has to give the one before it gradients
                inputs_need_grad=for_training and (inputs_need_grad or place > 0),
                force_rebind=force_rebind,
                grad_req=grad_req,
            )
            shapes = module.output_shapes

    @after("binded", "params_initialized")
    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make an optimizer for each module; see :meth:`Module.init_optimizer`."""
        if self._had("init_optimizer", self.optimizer_initialized and not force_init, "force_init"):
            return
        for each in self._modules:
            each.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        self.optimizer_initialized = True

    # --- running --------------------------------------------------------------------------------------------------

    @after("binded", "params_initialized")
    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch, module by module."""
        batch = DataBatch(
            data_batch.data,
            data_batch.label,
            data_batch.pad,
            data_batch.index,
            provide_data=data_batch.provide_data,
            provide_label=data_batch.provide_label,
        )
        for place, module in enumerate(self._modules):
            module.forward(batch, is_train=is_train)
            if place + 1 == len(self._modules):
                break
            batch.data = module.get_outputs()
            if data_batch.provide_data is not None:
                names = self._modules[place + 1].data_names
                batch.provide_data = [DataDesc(name, array.shape) for name, array in zip(names, batch.data)]

    @after("binded", "params_initialized")
    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, module by module from the last."""
        for place in reversed(range(len(self._modules))):
            self._modules[place].backward(out_grads=out_grads)
            if place:
                out_grads = self._modules[place].get_input_grads()

    @after("binded", "params_initialized", "optimizer_initialized")
    def update(self) -> None:
        """Change the parameters of all modules by their gradients."""
        for module in self._modules:
            module.update()

    @after("binded", "params_initialized")
    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The last module's outputs."""
        return self._modules[-1].get_outputs(merge_multi_context=merge_multi_context)

    @after("binded", "params_initialized", "inputs_need_grad")
    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the first module's inputs."""
        return self._modules[0].get_input_grads(merge_multi_context=merge_multi_context)

    @after("binded", "params_initialized")
    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the last batch into a metric, by the modules that take labels."""
        for place, module in enumerate(self._modules):
            if self._takes_labels(place):
                module.update_metric(eval_metric, labels, pre_sliced)

    @after("binded")
    def install_monitor(self, mon: Any) -> None:
        """Have a monitor watch all modules."""
        for module in self._modules:
            module.install_monitor(mon)


def _pair(described: Any) -> tuple[str, Any]:
    return described[0], described[1]
