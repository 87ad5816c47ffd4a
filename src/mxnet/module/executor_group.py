"""Executors of one graph on several devices, each with its share of a batch."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..base import MXNetError
from ..context import as_context
from ..io import DataDesc
from ..ndarray import NDArray, concatenate

__all__ = ["DataParallelExecutorGroup"]

#: executors for other shapes that are kept, of those used last
_KEPT = 8


def _split_input_slice(batch_size: int, work_load_list: Sequence[float]) -> list[slice]:
    """Each device's slice of a batch.

    Parameters
    ----------
    batch_size : int
        samples in the batch
    work_load_list : list of float
        the devices' shares, to any sum

    Raises
    ------
    ValueError
        a device would get nothing

    Examples
    --------
    >>> mx.executor_manager._split_input_slice(8, [1, 3])
    [slice(0, 2, None), slice(2, 8, None)]
    """
    total = sum(work_load_list)
    counts = [round(share * batch_size / total) for share in work_load_list]
    counts[-1] += max(batch_size - sum(counts), 0)
    slices, end = [], 0
    for count in counts:
        start, end = min(end, batch_size), min(end + count, batch_size)
        if start >= end:
            raise ValueError(f"a batch of {batch_size} cannot be split in the shares {list(work_load_list)}")
        slices.append(slice(start, end))
    return slices


def _check_arguments(symbol: Any) -> None:
    """Raise ValueError where two arguments or two states of a graph have one name."""
    for what, names in (("argument", symbol.list_arguments()), ("auxiliary state", symbol.list_auxiliary_states())):
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise ValueError(f"the graph has several of the {what} {', '.join(twice)}; each needs a name of its own")


def described(entries: Any) -> list[DataDesc]:
    """Descriptions, from what may be pairs of name and shape."""
    return [each if isinstance(each, DataDesc) else DataDesc(*each) for each in entries or ()]


def batch_axis(desc: DataDesc) -> int:
    """The axis along which an array is shared out; -1 for one that every device gets whole."""
    return DataDesc.get_batch_axis(desc.layout)


class DataParallelExecutorGroup:
    """Executors of one graph on several devices, each with its share of a batch.

    Parameters
    ----------
    symbol : Symbol
        the graph
    contexts : list of Context
        the devices
    workload : list of float
        their shares of a batch
    data_shapes, label_shapes : list of DataDesc
        names and shapes of the inputs and labels of a whole batch
    param_names : list of str
        the arguments that are parameters
    for_training : bool
        whether gradients are wanted
    inputs_need_grad : bool
        whether those of the inputs are wanted
    shared_group : DataParallelExecutorGroup, optional
        a group whose parameters these executors use
    logger : logging.Logger
        where to say what happens
    fixed_param_names : list of str, optional
        parameters without gradients
    grad_req : str, list or dict
        what backward does with the gradients
    state_names : list of str, optional
        arguments that are neither, set by :meth:`set_states`
    group2ctxs : list of dict, optional
        devices of parts of the graph

    Raises
    ------
    ValueError
        a device would get nothing of a batch
    """

    def __init__(
        self,
        symbol: Any,
        contexts: Sequence[Any],
        workload: Sequence[float],
        data_shapes: Any,
        label_shapes: Any,
        param_names: Sequence[str],
        for_training: bool,
        inputs_need_grad: bool,
        shared_group: DataParallelExecutorGroup | None = None,
        logger: Any = logging,
        fixed_param_names: Sequence[str] | None = None,
        grad_req: Any = "write",
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
    ) -> None:
        self.symbol, self.logger = symbol, logger
        self.contexts = [as_context(each) for each in contexts]
        self.workload = list(workload)
        self.param_names = list(param_names)
        self.fixed_param_names = list(fixed_param_names or ())
        self.state_names = list(state_names or ())
        self.arg_names, self.aux_names = symbol.list_arguments(), symbol.list_auxiliary_states()
        self.output_names = symbol.list_outputs()
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        self.group2ctxs = self._groups(group2ctxs)
        data = described(data_shapes)
        self.grad_req = self._requests(grad_req, [each.name for each in data])
        #: where the batch lies in each output; a layout that the graph tells of it, else the first axis
        self.output_layouts = [DataDesc.get_batch_axis(symbol[name].attr("__layout__")) for name in self.output_names]
        self.execs: list[Any] = []
        self._known: dict[Any, list[Any]] = {}
        self._shared = shared_group
        self.bind_exec(data, described(label_shapes) or None)

    def _groups(self, given: Any) -> list[Any]:
        if given is None or isinstance(given, Mapping):
            return [given] * len(self.contexts)
        if len(given) != len(self.contexts):
            raise AssertionError(f"group2ctxs has {len(given)} elements for {len(self.contexts)} contexts")
        return list(given)

    def _requests(self, grad_req: Any, data_names: Sequence[str]) -> dict[str, str]:
        """What backward does with the gradient of each argument."""
        fixed = {*self.fixed_param_names, *self.state_names}
        if isinstance(grad_req, (list, tuple)):
            if len(grad_req) != len(self.arg_names):
                raise AssertionError(f"grad_req has {len(grad_req)} elements for {len(self.arg_names)} arguments")
            grad_req = dict(zip(self.arg_names, grad_req))
        if not isinstance(grad_req, (str, Mapping)):
            raise ValueError(f"grad_req={grad_req!r}; expected a text, list or dict")
        found = {}
        for name in self.arg_names:
            if name in self.param_names:
                wanted = name not in fixed
            else:
                wanted = name in data_names and self.inputs_need_grad
            asked = grad_req if isinstance(grad_req, str) else grad_req.get(name, "write" if wanted else "null")
            if isinstance(grad_req, str) and not wanted:
                asked = "null"
            found[name] = asked if self.for_training and name not in fixed else "null"
        return found

    def decide_slices(self, data_shapes: Sequence[DataDesc]) -> list[int]:
        """Share a batch out: set `batch_size` and `slices`, and return the batch's axis of each array.

        Raises
        ------
        AssertionError
            arrays have batches of different lengths
        """
        axes = [batch_axis(each) for each in data_shapes]
        self.batch_size = getattr(self, "batch_size", 0) if not axes else 0
        for desc, axis in zip(data_shapes, axes):
            if axis == -1 or not desc.shape:
                continue
            length = desc.shape[axis]
            if self.batch_size and length != self.batch_size:
                raise AssertionError(
                    f"{desc.name} has the shape {tuple(desc.shape)} and so a batch of {length}; others have one of "
                    f"{self.batch_size}"
                )
            self.batch_size = length
        self.slices = _split_input_slice(self.batch_size, self.workload)
        return axes

    def bind_exec(
        self,
        data_shapes: list[DataDesc],
        label_shapes: list[DataDesc] | None,
        shared_group: DataParallelExecutorGroup | None = None,
        reshape: bool = False,
    ) -> None:
        """Make executors for shapes; with `reshape` they use the parameters of those there are."""
        self.data_layouts = self.decide_slices(data_shapes)
        label_layouts = [batch_axis(each) for each in label_shapes or ()]
        self.label_layouts = label_layouts
        self.data_shapes, self.label_shapes = data_shapes, label_shapes
        self.data_names = [each.name for each in data_shapes]
        self.label_names = [each.name for each in label_shapes or ()]
        inputs = [*zip(data_shapes, self.data_layouts), *zip(label_shapes or (), label_layouts)]
        signature = tuple((each.name, tuple(each.shape), str(each.dtype), each.layout) for each, _ in inputs)
        known = self._known.pop(signature, None)
        if known is None:
            group = shared_group or self._shared
            sources = self.execs if reshape and self.execs else group.execs if group is not None else []
            known = [
                self._bound(device, inputs, sources[device] if sources else None)
                for device in range(len(self.contexts))
            ]
        self._known[signature] = known  # the last one used is last
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        self.execs = known
        self._collect()

    def _bound(self, device: int, inputs: list[tuple[DataDesc, int]], source: Any) -> Any:
        """An executor on one device, with the parameters and gradients of another where there is one."""
        shapes = {each.name: self._part(each.shape, device, axis) for each, axis in inputs}
        types = {each.name: each.dtype for each, _ in inputs}
        names = self.symbol.list_inputs()
        # what a graph does not take is no fault: a network is fed labels that only its loss takes
        shapes = {name: shape for name, shape in shapes.items() if name in names}
        names = [*self.param_names, *self.state_names]
        shared = {"shared_arg_names": names, "shared_exec": source, "shared_buffer": {}}
        return self.symbol.simple_bind(
            self.contexts[device],
            grad_req=self.grad_req,
            type_dict=types,
            group2ctx=self.group2ctxs[device],
            **(shared if source is not None else {}),
            **shapes,
        )

    def _part(self, shape: Sequence[int], device: int, axis: int) -> tuple[int, ...]:
        """The shape of a device's share of an array."""
        part = list(shape)
        if axis >= 0 and part:
            part[axis] = self.slices[device].stop - self.slices[device].start
        return tuple(part)

    def _collect(self) -> None:
        """Gather the arrays of all devices, by parameter."""
        dicts = [each.arg_dict for each in self.execs]
        present = [name for name in self.param_names if name in self.arg_names]
        self.param_arrays = [[arguments[name] for arguments in dicts] for name in present]
        gradients = [each.grad_dict for each in self.execs]
        self.grad_arrays = [[each.get(name) for each in gradients] for name in present]
        self.aux_arrays = [[each.aux_dict[name] for each in self.execs] for name in self.aux_names]
        self.state_arrays = [[arguments[name] for arguments in dicts] for name in self.state_names]
        self.input_grad_arrays = (
            [[each.get(name) for each in gradients] for name in self.data_names] if self.inputs_need_grad else None
        )

    def reshape(self, data_shapes: Any, label_shapes: Any) -> None:
        """Go on with other shapes."""
        data, labels = described(data_shapes), described(label_shapes) or None
        if _same(data, self.data_shapes) and _same(labels or [], self.label_shapes or []):
            return
        try:
            self.bind_exec(data, labels, reshape=True)
        except RuntimeError as error:
            raise MXNetError(f"reshape: {error}") from error

    # --- parameters -----------------------------------------------------------------------------------------------

    def set_params(self, arg_params: Any, aux_params: Any, allow_extra: bool = False) -> None:
        """Copy parameters and states to all devices."""
        for given, arrays in ((arg_params, self.execs[0].arg_dict), (aux_params, self.execs[0].aux_dict)):
            for name, array in (given or {}).items():
                if name in arrays and tuple(array.shape) != tuple(arrays[name].shape):
                    raise MXNetError(f"set_params: {name} has the shape {array.shape}; expected {arrays[name].shape}")
        for each in self.execs:
            each.copy_params_from(arg_params, aux_params, allow_extra_params=allow_extra)

    def get_params(self, arg_params: dict[str, NDArray], aux_params: dict[str, NDArray]) -> None:
        """Copy parameters and states, averaged over the devices, into arrays."""
        for into, names, arrays in (
            (arg_params, self.param_names, self.param_arrays),
            (aux_params, self.aux_names, self.aux_arrays),
        ):
            for name, copies in zip(names, arrays):
                target = into[name]
                if len(copies) == 1:
                    copies[0].copyto(target)
                    continue
                total = copies[0].as_in_context(target.context)
                for copy in copies[1:]:
                    total = total + copy.as_in_context(target.context)
                (total / len(copies)).copyto(target)

    # --- running --------------------------------------------------------------------------------------------------

    def load_data_batch(self, data_batch: Any) -> None:
        """Copy each device's share of a batch into its arrays."""
        self._load(data_batch.data, self.data_names, self.data_layouts, "data")
        if self.label_shapes and data_batch.label:
            self._load(data_batch.label, self.label_names, self.label_layouts, "label")

    def _load(self, arrays: Sequence[Any], names: Sequence[str], axes: Sequence[int], what: str) -> None:
        if len(arrays) != len(names):
            raise AssertionError(f"a batch has {len(arrays)} {what} arrays; expected {len(names)}: {', '.join(names)}")
        for name, array, axis in zip(names, arrays, axes):
            for part, executor in zip(self.slices, self.execs):
                target = executor.arg_dict.get(name)
                if target is None:
                    continue
                if isinstance(array, (list, tuple)):  # already shared out
                    share = array[self.execs.index(executor)]
                elif axis < 0 or len(self.execs) == 1:
                    share = array
                else:
                    share = array.slice_axis(axis, part.start, part.stop)
                if tuple(share.shape) != tuple(target.shape):
                    raise ValueError(f"{what} {name} has the shape {share.shape}; expected {target.shape}")
                target[:] = share

    def run(self, is_train: bool | None = None) -> None:
        """Compute the outputs of what was loaded."""
        training = self.for_training if is_train is None else is_train
        for each in self.execs:
            each.forward(is_train=training)

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Load a batch and compute its outputs."""
        self.load_data_batch(data_batch)
        self.run(is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients.

        Raises
        ------
        AssertionError
            the executors are not for training
        """
        if not self.for_training:
            raise AssertionError("backward: bind with for_training=True to compute gradients")
        if isinstance(out_grads, NDArray):
            out_grads = [out_grads]
        for device, each in enumerate(self.execs):
            parts = None
            if out_grads:
                parts = [
                    self._share(grad, axis, device).as_in_context(self.contexts[device])
                    for grad, axis in zip(out_grads, self.output_layouts)
                ]
            each.backward(out_grads=parts)

    def _share(self, array: NDArray, axis: int, device: int) -> NDArray:
        part = self.slices[device]
        return array if axis < 0 or len(self.execs) == 1 else array.slice_axis(axis, part.start, part.stop)

    def get_output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs of a whole batch."""
        shapes = [list(each.shape) for each in self.execs[0].outputs]
        for shape, axis in zip(shapes, self.output_layouts):
            if axis >= 0 and shape and len(self.execs) > 1:
                shape[axis] = self.batch_size
        return [(name, tuple(shape)) for name, shape in zip(self.output_names, shapes)]

    def get_outputs(self, merge_multi_context: bool = True, begin: int = 0, end: int | None = None) -> list[Any]:
        """The outputs: whole, or a list over the devices for each."""
        end = len(self.output_names) if end is None else end
        outputs = [[each.outputs[place] for each in self.execs] for place in range(begin, end)]
        return _merged(outputs, self.output_layouts[begin:end]) if merge_multi_context else outputs

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the inputs: whole, or a list over the devices for each.

        Raises
        ------
        AssertionError
            they were not asked for
        """
        if self.input_grad_arrays is None:
            raise AssertionError("get_input_grads: bind with inputs_need_grad=True to have gradients of inputs")
        arrays = self.input_grad_arrays
        return _merged(arrays, self.data_layouts) if merge_multi_context else arrays

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The states, a list over the devices for each; they cannot be merged.

        Raises
        ------
        AssertionError
            they should be merged
        """
        if merge_multi_context:
            raise AssertionError("get_states: merge_multi_context=True is not supported for states")
        return self.state_arrays

    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states, to arrays as `get_states` gives them or to a number."""
        if (states is None) == (value is None):
            raise AssertionError("set_states: expected either states or a value")
        for place, copies in enumerate(self.state_arrays):
            for device, target in enumerate(copies):
                target[:] = value if states is None else states[place][device]

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the batch's labels and outputs into a metric, device by device."""
        for device, each in enumerate(self.execs):
            if pre_sliced:
                parts = labels[device]
            else:
                parts = [self._share(label, axis, device) for label, axis in zip(labels or (), self.label_layouts)]
            eval_metric.update_dict(dict(zip(self.label_names, parts)), dict(zip(self.output_names, each.outputs)))

    def install_monitor(self, mon: Any) -> None:
        """Have a monitor watch all executors."""
        for each in self.execs:
            mon.install(each)


def _same(some: Sequence[DataDesc], others: Sequence[DataDesc]) -> bool:
    return [(each.name, tuple(each.shape)) for each in some] == [(each.name, tuple(each.shape)) for each in others]


def _merged(arrays: list[list[Any]], axes: Sequence[int]) -> list[Any]:
    """Each list over devices as one array, on the first device; an array that has no batch is that of the first."""
    merged = []
    for copies, axis in zip(arrays, axes):
        if len(copies) == 1 or axis < 0:
            merged.append(copies[0])
            continue
        here = [each.as_in_context(copies[0].context) for each in copies]
        merged.append(concatenate(here, axis=axis))
    return merged
