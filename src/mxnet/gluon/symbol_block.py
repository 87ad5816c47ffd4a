"""SymbolBlock: a block made from a graph, such as one that ``export`` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .. import symbol
from ..base import is_half, to_torch_dtype
from ..context import Context
from ..ndarray import NDArray
from ..ndarray.deferred import DeferredArray
from ..symbol import Symbol
from ..symbol.graph import duplicate, input_names, topological
from ..symbol.inference import is_complete
from . import _shapes
from ._export import check_shapes
from ._graph import BlockGraph, regrouped, shape_of_parameter, variable_shapes
from ._shapes import shape_pass
from .hybrid import HybridBlock
from .parameter import Parameter, ParameterDict

__all__ = ["SymbolBlock"]


def _common_prefix(names: Sequence[str]) -> str:
    """What all names begin with, letter by letter: files that MXNet saves of such a block have the rest."""
    first, last = (min(names), max(names)) if names else ("", "")
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]


def _kept_precise(graph: Symbol, dtype: torch.dtype) -> set[str]:
    """The variables that operators want in float32 where their data is of a dtype of 16 bits."""
    precise = set()
    for node in topological(graph._entries):
        found = node.spec.rule("dtype") if node.spec is not None else None
        if node.spec is None or node.spec.variadic or found is None:
            continue
        asked = (dtype, *[None] * (len(node.spec.inputs) - 1))
        kinds = dict(zip(node.spec.input_names, found(asked, (None,) * node.visible, node.all_attributes())[0]))
        for name, entry in zip(input_names(node.spec, node.parsed, count=len(node.inputs)), node.inputs):
            if entry.node.op is None and kinds.get(name) is torch.float32:
                precise.add(entry.node.name)
    return precise


class SymbolBlock(HybridBlock):
    """A block that computes a graph.

    Parameters
    ----------
    outputs : Symbol or list of Symbol
        what it computes
    inputs : Symbol or list of Symbol
        the variables that its arguments stand for; all other variables are parameters
    params : ParameterDict, optional
        parameters to share, by name

    Raises
    ------
    AssertionError
        an input is no variable

    Examples
    --------
    >>> data = mx.sym.Variable('data')
    >>> net = mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, num_hidden=2, name='fc'), data)
    >>> net.initialize(init='ones')
    >>> net(mx.nd.ones((1, 3)))
    <BLANKLINE>
    [[4. 4.]]
    <NDArray 1x2 @cpu(0)>
    """

    def __init__(self, outputs: Any, inputs: Any, params: ParameterDict | None = None) -> None:
        super().__init__()
        self._params, self._prefix = ParameterDict("", params), ""
        self._active = self._born_a_graph = True
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:  # as one that stands alone
            outputs = outputs[0]
        flat = list(_shapes.flatten(outputs))
        variables = list(_shapes.flatten(inputs))
        self._symbol = flat[0] if len(flat) == 1 else symbol.Group(flat)
        for each in variables:
            if not isinstance(each, Symbol) or len(each) != 1 or each._entries[0].node.op is not None:
                raise AssertionError(f"SymbolBlock: input {each!r} is no variable")
        self._input_names = [each.name for each in variables]
        for names, options in (
            (self._symbol.list_arguments(), {}),
            (self._symbol.list_auxiliary_states(), {"grad_req": "null"}),
        ):
            for name in names:
                if name not in self._input_names:
                    self._params.get(name, allow_deferred_init=True, **options)
        self._own = BlockGraph(outputs, self._input_names, self._params)
        common = _common_prefix(list(self._params.keys()))
        self._reg_params = {name[len(common) :]: parameter for name, parameter in self._params.items()}

    @staticmethod
    def imports(
        symbol_file: str,
        input_names: str | Sequence[str],
        param_file: str | None = None,
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> SymbolBlock:
        """A block from the files that ``export``, Module or MXNet wrote.

        Parameters
        ----------
        symbol_file : str
            the graph, ``...-symbol.json``
        input_names : str or list of str
            the variables that are the block's arguments
        param_file : str, optional
            the parameters, ``...-0000.params``
        ctx : Context or list of Context, optional
            where to keep the parameters of the file; without one they have no values, and ``initialize`` says where
        allow_missing, ignore_extra : bool
            accept a file that lacks parameters or has more

        Raises
        ------
        MXNetError
            a file cannot be read or is damaged
        AssertionError
            the graph has parameters that the file does not have
        """
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        block = SymbolBlock(symbol.load(symbol_file), [symbol.var(name) for name in names])
        if param_file is not None:
            block.collect_params().load(
                param_file, ctx, allow_missing, ignore_extra, cast_dtype=True, dtype_source="saved"
            )
        return block

    def __repr__(self) -> str:
        return f"SymbolBlock(\n{self._symbol!r} : {len(self._input_names)} -> {len(self._symbol._entries)}\n)"

    def _shapes_from(self, args: Sequence[NDArray]) -> dict[str, tuple[int, ...]]:
        """The shapes of all parameters, from arguments."""
        known: dict[str, Any] = {name: shape_of_parameter(parameter) for name, parameter in self._params.items()}
        known |= {name: tuple(array.shape) for name, array in zip(self._input_names, args)}
        found = variable_shapes(self._symbol, known)
        return {name: shape for name, shape in found.items() if name in self._params}

    def infer_shape(self, *args: Any) -> None:
        """Find the shapes of all parameters from inputs, without computing anything."""
        for name, shape in self._shapes_from(list(_shapes.flatten(args))).items():
            if is_complete(shape):
                self._params[name].shape = shape

    def cast(self, dtype: Any) -> None:
        """Convert the parameters to another dtype; normalization's stay float32 where that is float16 or bfloat16."""
        wanted = to_torch_dtype(dtype)
        precise = _kept_precise(self._symbol, wanted) if is_half(wanted) else set()
        for name, parameter in self._params.items():
            parameter.cast("float32" if name in precise else dtype)

    def reset_ctx(self, ctx: Context | Sequence[Context] | None) -> None:
        """Move the parameters to other contexts; None is the current one.

        Raises
        ------
        ValueError
            a parameter is not initialized
        """
        self._params.reset_ctx(ctx)

    def _in_order(self) -> list[Parameter]:
        return self._own.parameters

    def _exported(self) -> Symbol:
        check_shapes(self)
        return self._symbol

    def _prepare_graph(self, args: Sequence[Any]) -> None:
        self._finish_deferred(args)

    def forward(self, x: Any, *args: Any) -> Any:
        """Compute the graph's outputs for arrays, or put symbols in the place of the inputs."""
        inputs = list(_shapes.flatten((x, *args)))
        if len(inputs) != len(self._input_names):
            names = ", ".join(map(str, self._input_names))
            raise ValueError(f"{self.name or 'SymbolBlock'}: got {len(inputs)} inputs; expected {names}")
        if all(isinstance(each, Symbol) for each in inputs):
            return self._composed(inputs)
        for name, each in zip(self._input_names, inputs):
            if not isinstance(each, NDArray):
                raise ValueError(f"SymbolBlock: {name} is {each!r} of type {type(each).__name__}; expected an NDArray")
        if self._pattern is None:
            self._pattern = (NDArray,) * len(inputs)
        if not shape_pass.active:
            return self._own.run(inputs)
        ctx, shapes = inputs[0]._ctx, self._shapes_from(inputs)

        def placed(parameter: Parameter) -> NDArray:
            array: Any = parameter.data(ctx)
            return array.resolve(shapes[parameter.name]) if isinstance(array, DeferredArray) else array

        return self._own.run(inputs, placed)

    def _graph(self, pattern: tuple[Any, ...], args: Sequence[Any]) -> BlockGraph:
        return self._own

    def _composed(self, inputs: Sequence[Symbol]) -> Any:
        given = dict(zip(self._input_names, inputs))
        entries = self._symbol._entries
        replaced = {
            id(node): given[node.name]._entries[0]
            for node in topological(entries)
            if node.op is None and node.name in given
        }
        flat = [Symbol([entry]) for entry in duplicate(entries, replaced)]
        if not isinstance(self._own.structure, (list, tuple)):
            return symbol.Group(flat)
        return regrouped(self._own.structure, iter(flat))
