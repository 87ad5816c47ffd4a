"""Blocks that know what they compute: shapes of parameters from the first batch, and running as a graph.

:mod:`mxnet.gluon._graph` traces a block and runs it by the executor; where it cannot be traced, shapes are found in
:mod:`mxnet.gluon._shapes` and it runs operator by operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import ndarray as nd
from .._tracebacks import warn
from ..base import MXNetError, same_dtype, what_came
from ..context import Context, current_context
from ..ndarray import NDArray
from ..symbol import Symbol
from . import _shapes
from ._errors import told_of_block
from ._export import graph_of, write_graph
from ._formats import Looked
from ._graph import BlockGraph, Untraceable, checked_symbol, pattern_of
from ._shapes import shape_pass
from .block import Block
from .parameter import DeferredInitializationError, Parameter, ParameterDict, first_call

__all__ = ["HybridBlock"]

#: counts every change of any block; a graph looks whether one of its own blocks changed only after this did
_changes = [0]

#: MXNet's names for what is the default here, and torch.compile
_BACKENDS = (None, "MKLDNN", "ONEDNN", "inductor")
_BACKEND_OPTIONS = ("dedup_subgraph", "reqArgs", "skip_infer")


class HybridBlock(Looked, Block):
    """A Block that says what it computes in ``hybrid_forward(F, x, ...)``, so that it can also run as a graph.

    ``F`` is ``mx.nd``; the block's parameters arrive as keyword arguments under their attributes' names. Unknown
    dimensions of parameters are found from the first batch.

    Parameters
    ----------
    prefix : str, optional
        comes before the names of all parameters
    params : ParameterDict, optional
        parameters to share

    Examples
    --------
    >>> class Scale(mx.gluon.HybridBlock):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.factor = self.params.get('factor', shape=(1,), init='ones')
    ...     def hybrid_forward(self, F, x, factor):
    ...         return F.broadcast_mul(x, factor) * 3
    >>> net = Scale()
    >>> net.initialize()
    >>> net(mx.nd.array([1, 2])).asnumpy().tolist()
    [3.0, 6.0]
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix, params)
        self._active = False
        #: whether it was made of a graph, without hybridize()
        self._born_a_graph = False
        self._backend: str | None = None
        self._flags: dict[str, Any] = {}
        self._graph_ready = False
        self._graphs: dict[Any, BlockGraph | None] = {}
        self._untraceable: str | None = None
        self._pattern: tuple[Any, ...] | None = None
        self._callback: Callable[..., Any] | None = None
        self._monitor_all = False
        self._version = 0
        self._seen: int | None = None
        self._tree: tuple[Any, ...] = ()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, HybridBlock):
            self._clear_cached_op()

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Add a child, which must be a HybridBlock too."""
        if not isinstance(block, HybridBlock):
            raise ValueError(
                f"{self.name}: children of a HybridBlock must be HybridBlocks, got {block!r} of type "
                f"{type(block).__name__}; nn.Sequential takes any Block"
            )
        super().register_child(block, name)
        self._clear_cached_op()

    def _clear_cached_op(self) -> None:
        """Forget what is known of the computation, here and in the blocks this one is part of."""
        self._graph_ready = False
        self._graphs = {}
        self._untraceable = None
        self._version = self.__dict__.get("_version", 0) + 1
        _changes[0] += 1

    def cast(self, dtype: Any) -> None:
        """Convert all parameters to another dtype."""
        self._clear_cached_op()
        super().cast(dtype)

    def hybridize(
        self,
        active: bool = True,
        backend: str | None = None,
        clear: bool = True,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Have the block run as a graph, or (``active=False``) not.

        Parameters
        ----------
        active : bool
            on or off
        backend : str, optional
            'inductor' hands the graph to torch.compile; MXNet's 'MKLDNN' and 'ONEDNN' run as the default does
        clear : bool
            forget an earlier graph
        static_alloc, static_shape : bool
            keep the memory for the next call; static_shape needs static_alloc
        inline_limit, forward_bulk_size, backward_bulk_size : int
            accepted and checked, as there is nothing they would change
        **kwargs
            options of the backend

        Raises
        ------
        MXNetError
            an unknown backend, or options that do not fit
        """
        flags = {
            "static_alloc": static_alloc, "static_shape": static_shape, "inline_limit": inline_limit,
            "forward_bulk_size": forward_bulk_size, "backward_bulk_size": backward_bulk_size,
        }  # fmt: skip
        _check_options(backend, flags, kwargs)
        self._backend, self._flags, self._active = backend, flags, bool(active)
        if clear:
            self._clear_cached_op()
        if active and (self._forward_hooks or self._forward_pre_hooks):
            warn(
                f"{self!r} is hybridized and has forward hooks; inside another hybridized block they may not be called"
            )
        for child in self._children.values():
            child.hybridize(active, **flags)

    def optimize_for(
        self,
        x: NDArray,
        *args: Any,
        backend: str | None = None,
        clear: bool = False,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Hybridize for a backend and find the shapes of all parameters from inputs.

        Parameters
        ----------
        x, *args : NDArray
            inputs like those of coming calls
        backend : str
            as in :meth:`hybridize`
        clear, static_alloc, static_shape, inline_limit, forward_bulk_size, backward_bulk_size, **kwargs
            as in :meth:`hybridize`

        Raises
        ------
        ValueError
            no backend is given
        MXNetError
            an unknown backend
        """
        if not backend:
            raise ValueError(f"optimize_for: backend is not given; expected {_named(_BACKENDS[1:])}")
        self.hybridize(
            True,
            backend,
            clear,
            static_alloc,
            static_shape,
            inline_limit,
            forward_bulk_size,
            backward_bulk_size,
            **kwargs,
        )
        self._prepare_graph((x, *args))

    def register_op_hook(self, callback: Callable[[bytes, bytes, Any], Any], monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, array)`` for every operator's outputs while hybridized.

        Parameters
        ----------
        callback : callable
            gets the names as bytes, as in MXNet, and the array itself, where MXNet hands over its address
        monitor_all : bool
            show the inputs of each operator too
        """
        self._callback, self._monitor_all = callback, bool(monitor_all)
        super().register_op_hook(callback, monitor_all)

    # --- shapes -------------------------------------------------------------------------------------------------

    def _infer(self, args: Sequence[Any]) -> tuple[dict[Parameter, tuple[int, ...]], list[Parameter]]:
        """The shapes of parameters, found from inputs, and the order a graph lists them in."""
        by_graph = self._infer_by_graph(args)
        if by_graph is not None:
            return by_graph
        run = self.forward if _overrides_forward(type(self)) else self._forward_eagerly
        try:
            return _shapes.infer(run, args)
        except Exception as error:
            if _shapes.needs_elements(error):
                raise
            try:
                # dtypes that do not fit are for the computation itself to complain about
                return _shapes.infer(run, args, uniform_dtype=True)
            except Exception:  # noqa: BLE001 - the first error says more
                raise error from None

    def _infer_by_graph(self, args: Sequence[Any]) -> tuple[dict[Parameter, tuple[int, ...]], list[Parameter]] | None:
        """What :meth:`_infer` finds, from the block's graph; None where it has none or that does not tell all shapes.

        It is the quick way: rules tell most shapes, and torch loads seconds of Python for its meta device.
        """
        arrays = [item for item in _shapes.flatten(args) if item is not None]
        if _overrides_forward(type(self)) or not all(isinstance(item, NDArray) for item in arrays):
            return None
        try:
            graph = BlockGraph.traced(self, pattern_of(args))
            shapes = graph.parameter_shapes(arrays)
        except (Untraceable, MXNetError):
            return None  # running the block says it better
        return (shapes, list(shapes)) if len(shapes) == len(graph.parameters) else None

    def infer_shape(self, *args: Any) -> None:
        """Find the unknown dimensions of all parameters from inputs, without computing anything."""
        for parameter, shape in self._infer(args)[0].items():
            parameter.shape = shape

    def infer_type(self, *args: Any) -> None:
        """Check that the dtypes of inputs and parameters fit together."""
        run = self.forward if _overrides_forward(type(self)) else self._forward_eagerly
        _shapes.infer(run, args)

    def _deferred_infer_shape(self, *args: Any) -> None:
        try:
            self.infer_shape(*args)
        except Exception as error:
            if _shapes.needs_elements(error) or isinstance(error, NotImplementedError):
                raise
            raise ValueError(f"{self.name}: {error}") from error

    def _finish_deferred(self, args: Sequence[Any]) -> None:
        """Find the shapes of its own parameters and initialize them, in their order."""
        with first_call:
            if not any(parameter._deferred_init for parameter in self.params.values()):
                return  # another thread did
            try:
                self._deferred_infer_shape(*args)
            except Exception as error:
                if _shapes.needs_elements(error):
                    return  # operators tell the shapes one by one as they meet the parameters
                raise
            for parameter in self._in_order():
                parameter._finish_deferred_init()

    def _in_order(self) -> Iterable[Parameter]:
        """Its own parameters in the order in which those without a shape are initialized."""
        return self.params.values()

    def _prepare_graph(self, args: Sequence[Any]) -> None:
        """Trace it, find the shapes of all parameters below and initialize them, in the order a graph lists them."""
        self._pattern = pattern_of(args)
        graph = self._graph(self._pattern, args)
        deferred = [parameter for parameter in self.collect_params().values() if parameter._deferred_init]
        if deferred:
            try:
                if graph is not None:
                    shapes = graph.parameter_shapes([item for item in _shapes.flatten(args) if item is not None])
                    order = list(shapes)
                else:
                    shapes, order = self._infer(args)
            except Exception as error:
                if _shapes.needs_elements(error):
                    return
                if isinstance(error, NotImplementedError):
                    raise
                raise ValueError(f"{self.name}: {error}") from error
            for parameter, shape in shapes.items():
                parameter._traced_shape = parameter.shape
                parameter.shape = shape
            for parameter in dict.fromkeys(order + deferred):
                if _shapes.shape_is_known(parameter.shape):
                    parameter._finish_deferred_init()
        self._graph_ready = True

    # --- running ------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """Run the block: hooks, :meth:`forward`, hooks."""
        if self._reg_params and _overrides_forward(type(self)) and not shape_pass.active:
            deferred = [parameter for parameter in self._reg_params.values() if parameter._deferred_init]
            if deferred and not _has_symbols(args):
                try:
                    self._finish_deferred(args)
                except Exception as error:
                    told_of_block(self, args, error)
                    raise
        return super().__call__(*args)

    def forward(self, x: Any, *args: Any) -> Any:
        """Run ``hybrid_forward`` with the parameters for the context of the input."""
        if not isinstance(x, NDArray) and _has_symbols((x, *args)):
            return self._trace(x, *args)
        if self._active and not shape_pass.active:
            return self._call_cached_graph(x, *args)
        return self._forward_eagerly(x, *args)

    def _call_cached_graph(self, x: Any, *args: Any) -> Any:
        """Run as a graph, or operator by operator where it cannot be traced."""
        if args or not isinstance(x, NDArray):
            _check_graph_inputs(self, (x, *args))
        if self._seen != _changes[0] or not self._graph_ready:
            with first_call:
                if self._seen != _changes[0]:
                    self._look_for_changes()
                if not self._graph_ready:
                    self._prepare_graph((x, *args))
        plain = not args and isinstance(x, NDArray)
        arguments = (x, *args)
        graph = self._graph((type(x),) if plain else pattern_of(arguments), arguments)
        if graph is None:
            return self._forward_eagerly(x, *args)
        arrays = arguments if plain else [item for item in _shapes.flatten(arguments) if item is not None]
        if self._callback is not None:
            return graph.monitored(arrays, self._callback, self._monitor_all)
        return graph.run(arrays)

    def _look_for_changes(self) -> None:
        """Forget the graphs if a block below changed since they were traced."""
        now = tuple((id(block), block._version) for block in _blocks(self))
        if self._seen is not None and self._tree != now:
            self._clear_cached_op()
            now = tuple((id(block), block._version) for block in _blocks(self))
        self._tree, self._seen = now, _changes[0]

    def _graph(self, pattern: tuple[Any, ...], args: Sequence[Any]) -> BlockGraph | None:
        """The graph for arguments of this pattern, traced the first time; None where that cannot be done."""
        try:
            return self._graphs[pattern]
        except (KeyError, TypeError):
            with first_call:
                return self._graphs[pattern] if pattern in self._graphs else self._traced(pattern, args)

    def _traced(self, pattern: tuple[Any, ...], args: Sequence[Any]) -> BlockGraph | None:
        """Trace the graph for arguments of this pattern."""
        try:
            graph = BlockGraph.traced(self, pattern, self._backend, bool(self._flags.get("static_alloc")))
        except Untraceable as error:
            self._untraceable, graph = str(error), None
            warn(f"{self.name} runs operator by operator, as it is no graph: {error}")
        self._graphs[pattern] = graph
        return graph

    def plan(self, x: NDArray, *args: Any) -> Any:
        """What a hybridized call with inputs like these does, to be printed.

        The present modes count: inside ``autograd.record()`` it is the plan of training.

        Parameters
        ----------
        x, *args : NDArray
            inputs

        Returns
        -------
        PlanTable
            its text lists each step with the operators it fuses, the shape and memory format of its result and bytes

        Raises
        ------
        MXNetError
            the block is not hybridized, or no graph

        Examples
        --------
        >>> net = mx.gluon.nn.Dense(2, activation='relu')
        >>> net.initialize()
        >>> net.hybridize()
        >>> print(net.plan(mx.nd.ones((1, 3))))
        step  operators            output  format  bytes  by     because
        1     FullyConnected+relu  (1, 2)  -           8  torch
        1 step for 2 operators, 8 bytes of results; prediction on cpu(0)
        """
        if not self._active:
            raise MXNetError(f"{self.name}: plan is for hybridized blocks; call hybridize() first")
        with first_call:
            if not self._graph_ready:
                self._prepare_graph((x, *args))
        graph = self._graph(pattern_of((x, *args)), (x, *args))
        checked_symbol(graph, self.name, self._untraceable)
        return graph.table([item for item in _shapes.flatten((x, *args)) if item is not None])  # type: ignore[union-attr]

    def _trace(self, x: Any, *args: Any) -> Any:
        """The symbols of what it computes from symbols."""
        from .. import symbol

        parameters = {name: parameter.var() for name, parameter in self._reg_params.items()}
        given = [item for item in _shapes.flatten((x, *args)) if isinstance(item, symbol.Symbol)]
        if any(type(item) is not symbol.Symbol for item in given):  # with NumPy's arithmetic
            parameters = {name: variable.as_np_ndarray() for name, variable in parameters.items()}
        with self.name_scope():
            return self.hybrid_forward(symbol, x, *args, **parameters)

    def _forward_eagerly(self, x: Any, *args: Any) -> Any:
        """Run operator by operator."""
        ctx = x._ctx if isinstance(x, NDArray) else _context_of(self, (x, *args))
        parameters: dict[str, Any] = {}
        if self._reg_params:
            try:
                parameters = {name: parameter.data(ctx) for name, parameter in self._reg_params.items()}
            except DeferredInitializationError:
                if _shapes.tells(type(self).hybrid_forward) and not shape_pass.active:
                    with first_call:
                        if any(parameter._deferred_init for parameter in self._reg_params.values()):
                            return self._forward_first(ctx, x, args)
                    return self._forward_eagerly(x, *args)  # another thread was first
                self._finish_deferred((x, *args))
                parameters = {name: parameter.placeholder(ctx) for name, parameter in self._reg_params.items()}
        current = current_context()
        if ctx is current or (ctx == current and not shape_pass.active):
            return self.hybrid_forward(nd, x, *args, **parameters)
        with ctx:
            return self.hybrid_forward(nd, x, *args, **parameters)

    def _forward_first(self, ctx: Context, x: Any, args: Sequence[Any]) -> Any:
        """Run a layer whose parameters have no shapes yet.

        One operator takes all parameters of such a layer, in their order, and tells their shapes itself
        (:func:`mxnet.gluon._shapes.tells_shapes`). Where it then finds that the input does not fit, the parameters are
        as they were.
        """
        before = [(parameter, parameter._before_shape()) for parameter in self._reg_params.values()]
        placeholders = {name: parameter.placeholder(ctx) for name, parameter in self._reg_params.items()}
        try:
            with ctx:
                return self.hybrid_forward(nd, x, *args, **placeholders)
        except (MXNetError, IndexError, AssertionError) as error:
            for parameter, state in before:
                parameter._back_to(state)
            if any(not same_dtype(parameter.dtype, x.dtype) for parameter in self._reg_params.values()):
                raise  # dtypes that do not fit are for the computation itself to complain about
            raise ValueError(f"{self.name}: {error}") from error

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the output with the operators of `F`; a subclass defines it."""
        signature = ", ".join(["F", "x", *(["..."] if args else []), *kwargs])
        raise NotImplementedError(f"{type(self).__name__} defines neither hybrid_forward({signature}) nor forward")

    # --- files --------------------------------------------------------------------------------------------------

    def export(self, path: str, epoch: int = 0, remove_amp_cast: bool = True) -> None:
        """Write the graph and the parameters, for :meth:`SymbolBlock.imports`, Module and MXNet.

        Parameters
        ----------
        path : str
            the files are ``path-symbol.json`` and ``path-0000.params``
        epoch : int
            the number in the second name
        remove_amp_cast : bool
            leave the casts of automatic mixed precision out of the graph

        Raises
        ------
        RuntimeError
            parameters have no shapes yet: the block has to be called once
        MXNetError
            it cannot be written as a graph

        Examples
        --------
        >>> import os, tempfile
        >>> net = mx.gluon.nn.Dense(2, in_units=3)
        >>> net.initialize()
        >>> path = os.path.join(tempfile.mkdtemp(), 'net')
        >>> net.export(path)
        >>> mx.gluon.SymbolBlock.imports(f'{path}-symbol.json', 'data', f'{path}-0000.params')(mx.nd.ones((1, 3))).shape
        (1, 2)
        """
        write_graph(self, self._exported(), path, epoch, remove_amp_cast)

    def _exported(self) -> Symbol:
        if self._seen != _changes[0]:
            self._look_for_changes()
        return graph_of(self, _overrides_forward(type(self)))


def _blocks(block: Block) -> Any:
    """A block and all that it holds."""
    yield block
    for child in block._children.values():
        yield from _blocks(child)


def _has_symbols(args: Any) -> bool:
    """Whether a block is called with symbols, to be traced."""
    from ..symbol import Symbol

    return any(isinstance(item, Symbol) for item in _shapes.flatten(args))


def _overrides_forward(cls: type) -> bool:
    """Whether a class defines ``forward`` as MXNet 2.0 does, instead of ``hybrid_forward``."""
    forward = cls.forward  # type: ignore[attr-defined]
    while forward is not HybridBlock.forward and hasattr(forward, "__wrapped__"):
        forward = forward.__wrapped__  # decorated, as use_np does with all methods
    return forward is not HybridBlock.forward


def _context_of(block: Block, args: Any) -> Context:
    """The context of the first array among the inputs."""
    for item in _shapes.flatten(args):
        if isinstance(item, NDArray):
            return item._ctx
    kinds = ", ".join(map(what_came, args))
    raise ValueError(f"{block.name}: expected at least one NDArray among the inputs; got {kinds}")


def _check_graph_inputs(block: Block, args: Any) -> None:
    """Inputs of a graph are arrays, None and nested lists of them, all on one context."""
    contexts = set()
    for item in _shapes.flatten(args):
        if isinstance(item, NDArray):
            contexts.add(item._ctx)
        elif item is not None:
            raise ValueError(
                f"{block.name}: inputs of a hybridized block must be NDArrays or nested lists of them; "
                f"got {what_came(item)}"
            )
    if len(contexts) > 1:
        raise ValueError(
            f"{block.name}: inputs of a hybridized block must be on one context, got {sorted(map(str, contexts))}"
        )


def _named(values: Sequence[Any]) -> str:
    """Values to choose from, in an error."""
    return f"{', '.join(map(repr, values[:-1]))} or {values[-1]!r}"


def _check_options(backend: Any, flags: dict[str, Any], options: dict[str, Any]) -> None:
    """The options of hybridize, where MXNet checks them on the first call."""
    if backend not in _BACKENDS:
        raise MXNetError(f"hybridize: backend={backend!r} is not available; expected {_named(_BACKENDS)}")
    for name in options:
        if name not in _BACKEND_OPTIONS:
            raise TypeError(f"hybridize: no option {name!r}; it takes {', '.join((*flags, *_BACKEND_OPTIONS))}")
    for name in ("static_alloc", "static_shape"):
        if not isinstance(flags[name], (bool, int)):
            raise MXNetError(f"hybridize: {name}={flags[name]!r}; expected a bool")
    for name in ("inline_limit", "forward_bulk_size", "backward_bulk_size"):
        value = flags[name]
        if value is not None and (not isinstance(value, int) or value < 0):
            raise MXNetError(f"hybridize: {name}={value!r}; expected an int that is not negative")
    if flags["static_shape"] and not flags["static_alloc"]:
        raise MXNetError("hybridize: static_shape=True needs static_alloc=True")
