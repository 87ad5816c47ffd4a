"""A graph with the plans it has been run with, one for each signature of its inputs."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from operator import is_
from typing import Any

import torch

from ..base import MXNetError
from ..context import Context
from ..ops.graphs import Layer
from ..symbol import Symbol
from ..symbol.graph import layers_of
from ..symbol.inference import infer, infer_shapes, is_complete
from . import fusion
from .choices import Chooser, forced
from .compiled import CompiledPlan
from .plan import Monitor, Plan, Said
from .steps import check, lowered

__all__ = ["PLANS_KEPT", "CachedGraph", "Nested", "NestedCall"]

#: plans kept of one graph, those used last; a loop over more shapes than this plans again and again
PLANS_KEPT = 32


class _Collector:
    """Who plans at present: the collector is the whole process's, so the first stops it and the last puts it back."""

    def __init__(self) -> None:
        self.lock, self.planning, self.enabled = threading.Lock(), 0, True


_collector = _Collector()


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """A ``with`` block without garbage collections.

    Planning makes many objects that stay, none that refer to each other in circles; the collector looks at all there
    are each time their number has grown by a quarter, which takes longer than the planning.
    """
    with _collector.lock:
        if not _collector.planning:
            _collector.enabled = gc.isenabled()
            gc.disable()
        _collector.planning += 1
    try:
        yield
    finally:
        with _collector.lock:
            _collector.planning -= 1
            if not _collector.planning and _collector.enabled:
                gc.enable()


class Nested:
    """A graph that a node of another holds, for one mode.

    Attributes
    ----------
    graph : CachedGraph
        with plans of its own
    """

    def __init__(self, symbol: Symbol, training: bool, fuse: bool) -> None:
        self.graph, self._training = CachedGraph(symbol, fuse), training
        self._layers = layers_of(symbol._entries)

    def called(self, ctx: Context, said: list[Said]) -> NestedCall:
        """What the node's function calls in one run: see :class:`NestedCall`."""
        return NestedCall(self.graph, ctx, self._training, said, self._layers)


class NestedCall:
    """A graph that a node holds, as its operator's function calls it in one run.

    Parameters
    ----------
    graph : CachedGraph
        what runs
    ctx : Context
        of the run
    training : bool
        its mode
    said : list of Said
        gets what operators in the graph say of their states, by the places of the graph's variables
    layers : list of Layer
        the operators in it
    """

    def __init__(
        self, graph: CachedGraph, ctx: Context, training: bool, said: list[Said], layers: Sequence[Layer]
    ) -> None:
        self._graph, self._ctx, self._training, self._said, self.layers = graph, ctx, training, said, layers
        self.variables = len(graph.names)

    def __call__(self, *values: torch.Tensor) -> list[torch.Tensor]:
        """The outputs for the variables, in the order of ``list_inputs``."""
        outputs, said = self._graph.run(values, self._ctx, self._training)
        self._said += said
        return outputs

    def told(self, *values: torch.Tensor) -> list[tuple[tuple[int, ...], torch.dtype]]:
        """The shapes and dtypes of the outputs, without computing them.

        Raises
        ------
        MXNetError
            they depend on elements
        """
        names, heads = self._graph.names, self._graph.symbol._entries
        found = infer(
            heads,
            {name: tuple(value.shape) for name, value in zip(names, values)},
            {name: value.dtype for name, value in zip(names, values)},
        )
        told = []
        for (node, place, _), name in zip(heads, self._graph.symbol.list_outputs()):
            shape, kind = found.shapes[node][place], found.dtypes[node][place]
            if not is_complete(shape) or kind is None:
                raise MXNetError(f"{name}: its shape and dtype are not known before it is computed")
            told.append((tuple(shape or ()), kind))
        return told


class CachedGraph:
    """Runs a symbol by plans made once for each signature: shapes and dtypes of all variables, mode, device.

    Parameters
    ----------
    symbol : Symbol
        the graph
    fuse : bool
        whether steps may be put together; without, every node is computed by itself
    backend : str, optional
        'inductor' has torch.compile run the plans; all other names mean the plans of this package
    inputs : collection of str
        variables that are other arrays in every call; the rest, parameters, seldom are
    bound : bool
        whether nodes may keep what they make from one run to the next, as those of an executor do

    Attributes
    ----------
    names : list of str
        the variables in the order :meth:`run` takes them: arguments and auxiliary states as ``list_inputs`` has them

    Examples
    --------
    >>> from mxnet.executor import CachedGraph
    >>> x = mx.sym.Variable('x')
    >>> graph = CachedGraph(x * x + 1)
    >>> outputs, _ = graph.run([mx.nd.array([3]).as_torch()], mx.cpu(), training=False)
    >>> outputs[0].tolist()
    [10.0]
    """

    def __init__(
        self,
        symbol: Symbol,
        fuse: bool = True,
        backend: str | None = None,
        inputs: Collection[str] = (),
        bound: bool = False,
    ) -> None:
        self.symbol = symbol
        self.names = symbol.list_inputs()
        self._fuse = fuse
        self.backend = backend
        self._stores: dict[str, dict[Any, Any]] | None = {} if bound else None
        self._changing = [place for place, name in enumerate(self.names) if name in inputs]
        self._lasting = [place for place, name in enumerate(self.names) if name not in inputs]
        self._last: tuple[Any, list[torch.Tensor], Plan] | None = None
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._lock = threading.Lock()
        with uncollected():
            check(symbol)

    def run(
        self,
        values: Sequence[torch.Tensor],
        ctx: Context,
        training: bool,
        monitor: Monitor | None = None,
        fill: bool = True,
    ) -> tuple[list[torch.Tensor], list[Said]]:
        """Compute the outputs; differentiably where torch's gradient mode is on. See :meth:`.plan.Plan.run`.

        `fill` says whether variables that the graph fixes (batch norm's scale) are written first.
        """
        plan = self.plan(values, ctx, training)
        if fill:
            plan.fill(values)
        return plan.run(values, ctx, monitor)

    def plan(self, values: Sequence[torch.Tensor], ctx: Context, training: bool) -> Plan:
        """The plan for variables of these shapes and dtypes, in this mode and the present gradient mode."""
        recording = torch.is_grad_enabled()
        changing = [(values[at].shape, values[at].dtype) for at in self._changing]
        mode = (training, recording, ctx.torch_device, forced(), *changing)
        parameters = [values[at] for at in self._lasting]
        last = self._last
        # the very tensors of the last call have its signature, which takes longer to write down than to compare these
        if last is not None and last[0] == mode and all(map(is_, last[1], parameters)):
            return last[2]
        key = (mode, *[(value.shape, value.dtype) for value in parameters])
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
        if plan is None:
            with uncollected():
                plan = self._made(values, ctx, training, recording)
            with self._lock:
                self._plans[key] = plan
                while len(self._plans) > PLANS_KEPT:
                    self._plans.popitem(last=False)
        self._last = (mode, parameters, plan)
        return plan

    def _made(self, values: Sequence[torch.Tensor], ctx: Context, training: bool, recording: bool) -> Plan:
        shapes = {name: tuple(value.shape) for name, value in zip(self.names, values)}
        try:
            known = infer_shapes(self.symbol._entries, shapes)
        except MXNetError:
            known = None  # running it gives the operator's own words
        program = lowered(
            self.symbol, known, training, ctx.torch_device, lambda held: Nested(held, training, self._fuse),
            self._stores,
        )  # fmt: skip
        program.dtypes = {program.variables[name]: value.dtype for name, value in zip(self.names, values)}
        chooser = Chooser(recording, ctx.torch_device)
        backend = chooser.backend(self.backend)
        if self._fuse and backend != "inductor":
            fusion.apply(program, training, recording, chooser)
        chooser.lay_out(program)
        return CompiledPlan(program, self.names) if backend == "inductor" else Plan(program, self.names)
