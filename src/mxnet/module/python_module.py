"""Modules that are computed in Python."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..initializer import Uniform
from ..ndarray import NDArray, array
from .base_module import BaseModule
from .states import after

__all__ = ["PythonLossModule", "PythonModule"]


class PythonModule(BaseModule):
    """Base of modules that are computed in Python and have no parameters.

    A subclass defines `forward`, `backward`, `get_outputs`, `get_input_grads` and `_compute_output_shapes`.

    Parameters
    ----------
    data_names, label_names, output_names : list of str
        names of inputs, labels and outputs
    logger : logging.Logger
        where to say what happens
    """

    def __init__(
        self,
        data_names: Sequence[str],
        label_names: Sequence[str] | None,
        output_names: Sequence[str],
        logger: Any = logging,
    ) -> None:
        super().__init__(logger=logger)
        self._data_names = list(data_names) if isinstance(data_names, tuple) else data_names
        self._label_names = list(label_names) if isinstance(label_names, tuple) else label_names
        self._output_names = output_names
        self._data_shapes: Any = None
        self._label_shapes: Any = None
        self._output_shapes: Any = None

    @property
    def data_names(self) -> Any:
        """The names of the inputs."""
        return self._data_names

    @property
    def output_names(self) -> Any:
        """The names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self) -> Any:
        """The inputs' names and shapes, as they were given; None before `bind`."""
        return self._data_shapes

    @property
    def label_shapes(self) -> Any:
        """The labels' names and shapes, as they were given."""
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        """The outputs' names and shapes; None before `bind`."""
        return self._output_shapes

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """No parameters."""
        return {}, {}

    def init_params(
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Nothing: there are no parameters."""

    def update(self) -> None:
        """Nothing: there are no parameters."""

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the last batch into a metric, where the module takes labels.

        Raises
        ------
        RuntimeError
            the labels are shared out among devices
        """
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise RuntimeError("update_metric: a module in Python takes labels that are not shared out")
        eval_metric.update(labels, self.get_outputs())

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
        """Keep the shapes.

        Raises
        ------
        AssertionError
            names are others than the module's, or `grad_req` is not 'write'
        """
        if self._had("bind", self.binded and not force_rebind, "force_rebind"):
            return
        if grad_req != "write":
            raise AssertionError(f"bind: grad_req={grad_req!r}; a module in Python supports 'write' alone")
        for what, names, shapes in (
            ("data", self._data_names, data_shapes),
            ("label", self._label_names, label_shapes),
        ):
            given = [each[0] for each in shapes or ()]
            if shapes is not None and (names is None or given != list(names)):
                raise AssertionError(f"bind: {what}_shapes are of {', '.join(given)}; the module has {names}")
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        self._data_shapes, self._label_shapes = data_shapes, label_shapes
        self._output_shapes = self._compute_output_shapes()
        self.binded = True

    def _compute_output_shapes(self) -> Any:
        """Names and shapes of the outputs, from those of inputs and labels."""
        raise NotImplementedError(f"{type(self).__name__} must define _compute_output_shapes")

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Nothing: there are no parameters."""


class PythonLossModule(PythonModule):
    """A loss in Python: its output is its input, and its gradient what a function says.

    Parameters
    ----------
    name : str
        the output is called NAME_output
    data_names, label_names : list of str
        one input and one label
    logger : logging.Logger
        where to say what happens
    grad_func : callable, optional
        from input and labels the input's gradient, an NDArray or what makes one; or a subclass defines
        `_backward_impl`
    """

    def __init__(
        self,
        name: str = "pyloss",
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] = ("softmax_label",),
        logger: Any = logging,
        grad_func: Callable[[NDArray, NDArray], Any] | None = None,
    ) -> None:
        super().__init__(data_names, label_names, [f"{name}_output"], logger=logger)
        if len(data_names) != 1 or len(label_names) != 1:
            raise AssertionError(
                f"PythonLossModule: expected one input and one label, got {list(data_names)} and {list(label_names)}"
            )
        if grad_func is not None and not callable(grad_func):
            raise AssertionError(f"PythonLossModule: grad_func is a {type(grad_func).__name__}; expected a function")
        self._name = name
        self._scores: Any = None
        self._labels: Any = None
        self._scores_grad: Any = None
        self._grad_func = grad_func

    def _compute_output_shapes(self) -> list[tuple[str, Any]]:
        return [(f"{self._name}_output", self._data_shapes[0][1])]

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Keep the batch's data, and its labels in training mode."""
        self._scores = data_batch.data[0]
        if self.for_training if is_train is None else is_train:
            self._labels = data_batch.label[0]

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The batch's data."""
        if not merge_multi_context:
            raise AssertionError("get_outputs: a module in Python has one device; merge_multi_context must be True")
        return [self._scores]

    @after("for_training")
    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradient.

        Raises
        ------
        AssertionError
            gradients of outputs are given, or the module was not bound for training
        """
        if out_grads is not None:
            raise AssertionError("backward: a loss takes no gradients of its outputs, out_grads must be None")
        self._backward_impl()

    def _backward_impl(self) -> None:
        """Set `_scores_grad`."""
        if self._grad_func is None:
            raise NotImplementedError("PythonLossModule: give grad_func, or define _backward_impl in a subclass")
        gradient = self._grad_func(self._scores, self._labels)
        self._scores_grad = gradient if isinstance(gradient, NDArray) else array(gradient)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradient of the input."""
        if not merge_multi_context:
            raise AssertionError("get_input_grads: a module in Python has one device; merge_multi_context must be True")
        return [self._scores_grad]

    def install_monitor(self, mon: Any) -> None:
        """Not defined: there is no executor to watch."""
        raise NotImplementedError("PythonLossModule: has no executor that a monitor could watch")
