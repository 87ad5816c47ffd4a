"""Symbol: the outputs of a graph that is yet to be computed.

What it holds is a list of entries into the graph (:mod:`mxnet.symbol.graph`). Arithmetic and the operators as methods
are attached in the package; shapes are found in :mod:`mxnet.symbol.inference`, the file format is
:mod:`mxnet.symbol.text`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..base import MXNetError, NotImplementedForSymbol, Operand, upper
from ..context import Context, current_context
from ..ndarray import NDArray
from ..serialization.files import replacing
from . import text
from .backends import FUSING, check_backend, check_partition
from .graph import HIDDEN_KEYS, Entry, Node, auxiliary, duplicate, hidden_key, named, output_names, topological
from .inference import as_numpy, infer_shapes, infer_types, is_complete, shape_given, shape_told

__all__ = ["Symbol"]


class Symbol(Operand):
    """One or several outputs of a graph.

    Made by :func:`mxnet.sym.Variable`, by the functions of ``mx.sym``, and by arithmetic with symbols and numbers.

    Examples
    --------
    >>> data = mx.sym.Variable('data')
    >>> net = mx.sym.FullyConnected(data, num_hidden=10, name='fc')
    >>> net.list_arguments()
    ['data', 'fc_weight', 'fc_bias']
    >>> net.infer_shape(data=(2, 4))
    ([(2, 4), (10, 4), (10,)], [(2, 10)], [])
    """

    __slots__ = ("_entries",)
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]  # == makes a symbol

    def __init__(self, handle: Sequence[Entry]) -> None:
        self._entries = list(handle)

    def __repr__(self) -> str:
        name = self.name
        if name is None:
            return f"<{type(self).__name__} group [{', '.join(str(each.name) for each in self._each())}]>"
        return f"<{type(self).__name__} {name}>"

    def _wrap(self, entries: Sequence[Entry]) -> Symbol:
        return type(self)(entries)

    # --- outputs ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._each())

    def _each(self) -> list[Symbol]:
        """Its outputs, a symbol for each."""
        return [self._wrap([entry]) for entry in self._entries]

    def __getitem__(self, index: int | str | slice) -> Symbol:
        """One output by its number or name, or several by a slice.

        Raises
        ------
        ValueError
            no output has that name, or several have
        IndexError
            there are not so many outputs
        MXNetError
            a negative number
        """
        if isinstance(index, slice):
            return self._wrap(self._entries[index])
        if isinstance(index, str):
            found = [place for place, name in enumerate(self.list_outputs()) if name == index]
            if len(found) != 1:
                how_many = "no output" if not found else f"{len(found)} outputs"
                raise ValueError(f"Symbol: {how_many} of the name {index!r} among {_brief(self.list_outputs())}")
            return self._wrap([self._entries[found[0]]])
        if not isinstance(index, int):
            raise TypeError(f"Symbol: index {index!r} of type {type(index).__name__}; expected int, str or slice")
        if index >= len(self._entries):
            raise IndexError(f"Symbol: output {index} of {len(self._entries)}")
        if index < 0:
            raise MXNetError(f"Symbol: output {index}; expected a number from 0 to {len(self._entries) - 1}")
        return self._wrap([self._entries[index]])

    handle = property(lambda self: self, doc="Itself, where MXNet has a pointer for its C library.")

    @property
    def name(self) -> str | None:
        """The name of its node; None for outputs of several."""
        node = self._entries[0].node if self._entries else None
        if node is None or any(entry.node is not node for entry in self._entries):
            return None
        return node.name

    def list_outputs(self) -> list[str]:
        """The names of its outputs.

        Examples
        --------
        >>> mx.sym.split(mx.sym.Variable('x'), num_outputs=2, name='halves').list_outputs()
        ['halves_output0', 'halves_output1']
        """
        names = []
        for node, index, _ in self._entries:
            shown = output_names(node)
            names.append(shown[index] if index < len(shown) else named(node, f"output{index}"))
        return names

    def _variables(self) -> tuple[list[Node], list[Node], list[Node]]:
        """All variables, those that are arguments, and those that are states."""
        order = topological(self._entries)
        states = auxiliary(order)
        variables = [node for node in order if node.op is None]
        arguments = [node for node in variables if id(node) not in states]
        return variables, arguments, [node for node in variables if id(node) in states]

    def list_arguments(self) -> list[str]:
        """The names of the variables it depends on, without auxiliary states, depth first."""
        return [node.name for node in self._variables()[1]]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the variables that operators keep states in, such as running means."""
        return [node.name for node in self._variables()[2]]

    def list_inputs(self) -> list[str]:
        """The names of arguments and auxiliary states, depth first."""
        return [node.name for node in self._variables()[0]]

    def get_internals(self) -> Symbol:
        """All outputs of all nodes, as one group.

        Examples
        --------
        >>> net = mx.sym.relu(mx.sym.Variable('x'), name='act') * 2
        >>> net.get_internals()['act_output'].name
        'act'
        """
        order = topological(self._entries)
        entries = [Entry(node, index, 0) for node in order for index in range(node.visible)]
        return self._wrap(entries)

    def get_children(self) -> Symbol | None:
        """The inputs of its nodes as a group, or None where there are none."""
        nodes = {id(entry.node): entry.node for entry in self._entries}
        entries = [entry for node in nodes.values() for entry in node.inputs]
        return self._wrap(entries) if entries else None

    # --- attributes ---------------------------------------------------------------------------------------------

    def attr(self, key: str) -> str | None:
        """One attribute, or None where there is no such attribute."""
        if self.name is None:
            return None
        node = self._entries[0].node
        return node.name if key == "name" else node.attributes.get(hidden_key(key))

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """The attributes of its (first) node."""
        if recursive:
            raise DeprecationWarning("list_attr: recursive=True is no longer available; use attr_dict")
        return _attributes(self._entries[0].node) if self._entries else {}

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """The attributes of all nodes that have any, by the node's name; those of nodes of one name together."""
        found: dict[str, dict[str, str]] = {}
        for node in topological(self._entries):
            if node.attributes:
                found.setdefault(node.name, {}).update(_attributes(node))
        return found

    def _set_attr(self, **kwargs: str) -> None:
        """Set attributes of its node; the values are strings. The one called ``name`` is the node's name.

        Raises
        ------
        ValueError
            a value is no string
        """
        for key, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(f"Symbol {self.name}: attribute {key}={value!r}; expected a string")
        for node in {id(entry.node): entry.node for entry in self._entries}.values():
            node.name = kwargs.get("name", node.name)
            node.attributes.update({hidden_key(key): value for key, value in kwargs.items() if key != "name"})

    # --- copies and composition ---------------------------------------------------------------------------------

    def __copy__(self) -> Symbol:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Symbol:
        return self._wrap(duplicate(self._entries, {}))

    def copy(self) -> Any:
        """Raises: ``copy.copy`` copies a graph."""
        raise NotImplementedForSymbol(self.copy)

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_text, (type(self), self.tojson())

    def __call__(self, *args: Symbol, name: str | None = None, **kwargs: Symbol) -> Symbol:
        """The graph with some of its variables replaced.

        Parameters
        ----------
        name : str, optional
            the name of the output's node
        **kwargs : Symbol
            replacements by the variable's name

        Raises
        ------
        TypeError
            an argument is no Symbol
        MXNetError
            there is no variable of that name
        """
        for value in (*args, *kwargs.values()):
            if not isinstance(value, Symbol):
                raise TypeError(f"Symbol: composition takes symbols, got {value!r} of type {type(value).__name__}")
        if args and kwargs:
            raise TypeError("Symbol: composition takes symbols by position or by name, not both")
        if args:
            raise MXNetError("Symbol: composition takes its symbols by the names of the variables they replace")
        variables = {node.name: node for node in topological(self._entries) if node.op is None}
        replaced = {}
        for key, value in kwargs.items():
            if key not in variables:
                raise MXNetError(f"Symbol: no variable {key!r} to replace; there are {_brief(list(variables))}")
            if len(value) != 1:
                raise MXNetError(f"Symbol: {key} is replaced by a symbol of {len(value)} outputs; expected one")
            replaced[id(variables[key])] = value._entries[0]
        composed = self._wrap(duplicate(self._entries, replaced))
        if name is not None:
            for entry in composed._entries:
                entry.node.name = name
        return composed

    # --- files --------------------------------------------------------------------------------------------------

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """The graph as text in MXNet's format."""
        entries = _without_casts(self._entries) if remove_amp_cast else self._entries
        return text.dumps(entries)

    def save(self, fname: str, remove_amp_cast: bool = True) -> None:
        """Write the graph to a file that :func:`mxnet.sym.load` and MXNet read.

        Raises
        ------
        TypeError
            the name is no string
        MXNetError
            the file cannot be written
        """
        if not isinstance(fname, str):
            raise TypeError(f"save: fname={fname!r}; expected a string")
        with self._saved_with(fname, remove_amp_cast):
            pass

    @contextlib.contextmanager
    def _saved_with(self, fname: str, remove_amp_cast: bool = True) -> Iterator[None]:
        """Write the graph, and put it in place when a block that saves what belongs to it ends well."""
        content = self.tojson(remove_amp_cast)
        try:
            with replacing(fname, "w") as stream:
                stream.write(content)
                stream.flush()
                yield
        except OSError as error:
            raise MXNetError(f"save: cannot write {error.filename!r}: {error.strerror or error}") from error

    def debug_str(self) -> str:
        """The graph, one line for each thing, to read."""
        if len(self._entries) == 1 and self._entries[0].node.op is None:
            return f"Variable:{self.name}\n"
        lines = ["Symbol Outputs:"]
        lines += [f"\toutput[{place}]={node.name}({index})" for place, (node, index, _) in enumerate(self._entries)]
        for node in topological(self._entries):
            if node.op is None:
                lines.append(f"Variable:{node.name}")
                continue
            lines += ["-" * 20, f"Op:{node.op}, Name={node.name}", "Inputs:"]
            for place, (source, index, version) in enumerate(node.inputs):
                tail = f" version={version}" if source.op is None else ""
                lines.append(f"\targ[{place}]={source.name}({index}){tail}")
            if node.attributes:
                lines.append("Attrs:")
                lines += [f"\t{key}={node.attributes[key]}" for key in sorted(node.attributes)]
        return "\n".join(lines) + "\n"

    # --- shapes and types ---------------------------------------------------------------------------------------

    def infer_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes of arguments, outputs and auxiliary states, from those of some arguments.

        Parameters
        ----------
        *args, **kwargs : tuple of int
            shapes in the order of :meth:`list_arguments`, or by name; 0 is a length that is not known

        Returns
        -------
        three lists of tuples
            or (None, None, None) where they do not tell all

        Raises
        ------
        MXNetError
            they contradict each other or an operator; an unknown name
        """
        found = self._shapes(args, kwargs)
        if not all(is_complete(shape) for shapes in found for shape in shapes):
            return None, None, None
        return found

    def infer_shape_partial(self, *args: Any, **kwargs: Any) -> Any:
        """Like :meth:`infer_shape`; what is not known is (), or has lengths of 0.

        With NumPy's semantics of shapes (:func:`mxnet.util.set_np_shape`) it is None, or has lengths of -1.
        """
        return tuple([shape_told(shape) for shape in shapes] for shapes in self._shapes(args, kwargs))

    def _shapes(self, args: Any, kwargs: Any) -> tuple[list[Any], list[Any], list[Any]]:
        """The shapes of arguments, outputs and states, as inference keeps them."""
        known = {}
        for name, shape in self._known(args, kwargs, "infer_shape", states=True).items():
            try:
                known[name] = shape_given(shape if isinstance(shape, (tuple, list)) else (None,))
            except TypeError:
                raise TypeError(f"infer_shape: the shape of {name} is {shape!r}; expected a tuple of int") from None
        found = infer_shapes(self._entries, known)
        return self._answers(lambda entry: found[entry.node][entry.output])

    def infer_type(self, *args: Any, **kwargs: Any) -> Any:
        """The NumPy types of arguments, outputs and auxiliary states, from those of some arguments.

        Returns
        -------
        three lists of types
            or (None, None, None) where they do not tell all
        """
        result = self.infer_type_partial(*args, **kwargs)
        if any(kind is None for kinds in result for kind in kinds):
            return None, None, None
        return result

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> Any:
        """Like :meth:`infer_type`, with None for what is not known."""
        found = infer_types(self._entries, self._known(args, kwargs, "infer_type", states=True))
        return self._answers(lambda entry: as_numpy(found[entry.node][entry.output]))

    def _known(self, args: Any, kwargs: Any, what: str, states: bool = False) -> dict[str, Any]:
        if args and kwargs:
            raise ValueError(f"{what}: arguments come by position or by name, not both")
        if args:
            names = self.list_arguments()
            if len(args) > len(names):
                raise MXNetError(f"{what}: {len(args)} given; there are {len(names)} arguments")
            return {name: value for name, value in zip(names, args) if value is not None}
        names = self.list_inputs() if states else self.list_arguments()
        for name in kwargs:
            if name not in names:
                raise MXNetError(f"{what}: no argument {name!r}; there are {_brief(names)}")
        return {name: value for name, value in kwargs.items() if value is not None}

    def _answers(self, answer: Any) -> tuple[list[Any], list[Any], list[Any]]:
        _, arguments, states = self._variables()
        return (
            [answer(Entry(node)) for node in arguments],
            [answer(entry) for entry in self._entries],
            [answer(Entry(node)) for node in states],
        )

    # --- running ------------------------------------------------------------------------------------------------

    def bind(
        self,
        ctx: Context,
        args: Sequence[NDArray] | Mapping[str, NDArray],
        args_grad: Any = None,
        grad_req: str | Sequence[str] | Mapping[str, str] = "write",
        aux_states: Any = None,
        group2ctx: Any = None,
        shared_exec: Any = None,
    ) -> Any:
        """An executor over arrays given.

        Parameters
        ----------
        ctx : Context
            where it runs
        args : list or dict of NDArray
            the arguments
        args_grad : list or dict of NDArray, optional
            where to put their gradients
        grad_req : {'write', 'add', 'null'}, or a list or dict of them
            what backward does with the gradients
        aux_states : list or dict of NDArray, optional
            the auxiliary states
        group2ctx : dict of str to Context, optional
            the contexts of nodes by their attribute ``ctx_group``; their outputs are there. All is computed on `ctx`
        shared_exec
            changes nothing

        Raises
        ------
        ValueError
            an array is missing
        MXNetError
            the arrays' shapes or dtypes contradict each other
        """
        return upper("executor.bind")(self, ctx, args, args_grad, grad_req, aux_states, group2ctx)

    def simple_bind(
        self,
        ctx: Context,
        grad_req: str | Sequence[str] | Mapping[str, str] = "write",
        type_dict: Mapping[str, Any] | None = None,
        stype_dict: Mapping[str, str] | None = None,
        group2ctx: Any = None,
        shared_arg_names: Sequence[str] | None = None,
        shared_exec: Any = None,
        shared_buffer: Any = None,
        **kwargs: Any,
    ) -> Any:
        """An executor over new arrays, from the shapes of some arguments.

        Parameters
        ----------
        ctx : Context
            where it runs
        grad_req : {'write', 'add', 'null'}, or a list or dict of them
            what backward does with the gradients
        type_dict : dict of str to dtype, optional
            dtypes of arguments; float32 by default
        stype_dict : dict of str to str, optional
            storage types of arguments; what the variables say by default
        group2ctx : dict of str to Context, optional
            the contexts of nodes by their attribute ``ctx_group``: their arrays are there. All is computed on `ctx`
        shared_arg_names : list of str, optional
            arguments whose arrays, and those of their gradients, are the ones of `shared_exec`; all by default
        shared_exec : Executor, optional
            the executor whose arrays are shared, the auxiliary states too; only where there is a `shared_buffer`
        shared_buffer : dict of str to NDArray, optional
            memory for the other arguments and gradients, which executors that are not used at once share
        **kwargs : tuple of int
            shapes by name

        Raises
        ------
        RuntimeError
            the shapes do not tell all others, or contradict them
        """
        make = upper("executor.simple_bind")
        return make(
            self, ctx, grad_req, type_dict, group2ctx, shared_arg_names, shared_exec, shared_buffer, stype_dict, kwargs
        )

    def eval(self, ctx: Context | None = None, **kwargs: NDArray) -> list[NDArray]:
        """The outputs for arrays by name.

        Examples
        --------
        >>> x = mx.sym.Variable('x')
        >>> (x * 2 + 1).eval(x=mx.nd.array([1, 2]))
        [
        [3. 5.]
        <NDArray 2 @cpu(0)>]
        """
        states = {name: kwargs[name] for name in self.list_auxiliary_states() if name in kwargs}
        return self.bind(ctx or current_context(), kwargs, grad_req="null", aux_states=states).forward()

    def get_backend_symbol(self, backend: str) -> Symbol:
        """The graph for 'MKLDNN' or another backend of MXNet's: this one, as the executor fuses in any graph.

        For 'MKLDNN_QUANTIZE' it is a copy in which layers and what follows them are one node each, as graphs over
        integers of 8 bits have them (:mod:`mxnet.contrib.quantization`).

        Raises
        ------
        MXNetError
            another backend
        """
        check_backend("get_backend_symbol", backend)
        return self._partitioned(backend)

    def _partitioned(self, backend: str) -> Symbol:
        return upper("contrib.quantization.fused")(self) if backend in FUSING else self

    def optimize_for(
        self,
        backend: str,
        args: Any = None,
        aux: Any = None,
        ctx: Any = None,
        shape_dict: Any = None,
        type_dict: Any = None,
        stype_dict: Any = None,
        skip_infer: bool = False,
        **kwargs: Any,
    ) -> Symbol:
        """The graph for a backend, as :meth:`get_backend_symbol`; one that is not there is logged and changes nothing.

        Raises
        ------
        MXNetError
            options, which MXNet's own backends have not, or 'default', which asks for names of operators
        """
        check_partition("optimize_for", backend, kwargs)
        return self._partitioned(backend)

    def gradient(self, wrt: Sequence[str]) -> Symbol:
        """The graph of the gradient; MXNet never had it, and an executor's backward computes it."""
        raise MXNetError("gradient: not available as a symbol; bind the symbol and call backward")

    def as_nd_ndarray(self) -> Symbol:
        """The same outputs as a symbol of ``mx.sym``."""
        return Symbol(self._entries)

    def as_np_ndarray(self) -> Symbol:
        """The same outputs as a symbol of ``mx.sym.np``, with NumPy's arithmetic."""
        return upper("sym.np._Symbol")(self._entries)

    def __bool__(self) -> bool:
        raise NotImplementedForSymbol(self.__bool__, "bool")

    def asnumpy(self) -> Any:
        """Raises: a symbol has no elements."""
        raise NotImplementedForSymbol(self.asnumpy)

    def asscalar(self) -> Any:
        """Raises: a symbol has no elements."""
        raise NotImplementedForSymbol(self.asscalar)

    def backward(self) -> Any:
        """Raises: an executor has a backward."""
        raise NotImplementedForSymbol(self.backward)

    def detach(self) -> Any:
        """Raises: BlockGrad stops a gradient in a graph."""
        raise NotImplementedForSymbol(self.detach)

    def wait_to_read(self) -> Any:
        """Raises: there is nothing to wait for."""
        raise NotImplementedForSymbol(self.wait_to_read)

    def as_in_context(self) -> Any:
        """Raises: a symbol is on no context."""
        raise NotImplementedForSymbol(self.as_in_context)


def _attributes(node: Node) -> dict[str, str]:
    """The attributes of a node; those of MXNet's own hidden ones under both names."""
    listed = {}
    for key, value in node.attributes.items():
        listed[key] = value
        if key.startswith("__") and key.endswith("__") and key[2:-2] in HIDDEN_KEYS:
            listed[key[2:-2]] = value
    return listed


def _brief(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f", … ({len(names)} in all)" if len(names) > 8 else "") or "none"


def _from_text(cls: type[Symbol], content: str) -> Symbol:
    return cls(text.loads(content))


def _is_cast(node: Node) -> bool:
    return node.spec is not None and node.spec.role == "precision"


def _without_casts(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The graph without the casts that automatic mixed precision puts in; one that is an output itself stays."""
    if not any(_is_cast(node) for node in topological(entries)):
        return entries
    copied = duplicate(entries, {})

    def source(entry: Entry) -> Entry:
        while _is_cast(entry.node):  # its outputs are its inputs, each in another dtype
            entry = entry.node.inputs[entry.output]
        return entry

    for node in topological(copied):
        node.inputs = [source(entry) for entry in node.inputs]
    return copied
