"""Blocks: the pieces networks are built from.

``Block`` holds children and parameters, names, saves and loads them. ``HybridBlock``, in
:mod:`mxnet.gluon.hybrid`, adds what needs to know the computation. Names are made in :mod:`mxnet.gluon._scope`.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import initializer
from .. import ndarray as nd
from .._tracebacks import leaving, warn
from ..context import Context
from ..ndarray import NDArray
from ..util import is_np_array
from . import _shapes
from ._errors import told_of_block
from ._formats import flattened as _flatten  # noqa: F401 - programs take them from here
from ._formats import regrouped as _regroup  # noqa: F401
from ._loading import load_all
from ._scope import BlockScope
from ._shapes import shape_pass
from ._structure import load_model, save_model
from ._summary import summary as print_summary
from .parameter import Parameter, ParameterDict
from .utils import HookHandle, _brief_print_list, _indent

__all__ = ["Block", "HybridBlock", "SymbolBlock"]


class Block:
    """A part of a network: children, parameters, and a ``forward`` that a subclass defines.

    A Block assigned to an attribute is a child, a Parameter assigned to one is a parameter of its own.

    Parameters
    ----------
    prefix : str, optional
        comes before the names of all parameters; made from the class name by default
    params : ParameterDict, optional
        parameters to share: those found there by name are used instead of new ones

    Examples
    --------
    >>> class Double(mx.gluon.Block):
    ...     def forward(self, x):
    ...         return x * 2
    >>> Double()(mx.nd.array([1, 2])).asnumpy().tolist()
    [2.0, 4.0]
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        full, own = BlockScope.create(prefix, params, self._alias())
        self._prefix, self._name, self._params = full, full.removesuffix("_"), own
        self._empty_prefix = prefix == ""
        self._scope = BlockScope(self)
        self._children: OrderedDict[str, Block] = OrderedDict()
        self._reg_params: dict[str, Parameter] = {}
        self._forward_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self._forward_pre_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()

    def _alias(self) -> str:
        """What automatic names of this class begin with."""
        return type(self).__name__.lower()

    def __repr__(self) -> str:
        lines = "\n".join(f"  ({name}): {_indent(repr(child), 2)}" for name, child in self._shown_children())
        return f"{type(self).__name__}(\n{lines}\n)"

    def _shown_children(self) -> Iterator[tuple[str, Block]]:
        return ((name, member) for name, member in self.__dict__.items() if isinstance(member, Block))

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(getattr(self, name, None))
        if issubclass(kind, (Parameter, Block)) and not isinstance(value, kind):
            raise TypeError(
                f"{self.name}: attribute {name!r} is a {kind.__name__} and stays one; got a {type(value).__name__}"
            )
        if isinstance(value, (Block, Parameter)) and "_children" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}.{name}: layers and parameters are assigned after super().__init__(); "
                "call that first"
            )
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            if name in self._reg_params:
                raise AssertionError(
                    f"{self.name}: attribute {name!r} holds a Parameter already; to share one, give params= where the "
                    "block is made"
                )
            self._reg_params[name] = value
        super().__setattr__(name, value)

    # --- names, parameters, children ----------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        """What comes before the names of its parameters."""
        return self._prefix

    @property
    def name(self) -> str:
        """The prefix without the underscore at its end."""
        return self._name

    def name_scope(self) -> BlockScope:
        """A ``with`` block: children made in it have this block's prefix before their own."""
        return self._scope

    @property
    def params(self) -> ParameterDict:
        """Its own parameters, without the children's; :meth:`collect_params` has all."""
        return self._params

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """Its parameters and those of its children.

        Parameters
        ----------
        select : str, optional
            a regular expression; only parameters whose names it matches

        Examples
        --------
        >>> net = mx.gluon.nn.Dense(2, prefix='dense_')
        >>> list(net.collect_params('.*weight').keys())
        ['dense_weight']
        """
        self._check_container_with_block()
        wanted = re.compile(select or "").match  # what is empty matches every name
        found = ParameterDict(self._params.prefix)
        found.update({name: parameter for name, parameter in self._params.items() if wanted(name)})
        for child in self._children.values():
            found.update(child.collect_params(select=select))
        return found

    def _check_container_with_block(self) -> None:
        """Warn of children in lists and dicts, which are not registered."""
        registered = set(self._children.values())

        def unregistered(item: Any) -> bool:
            if isinstance(item, (list, tuple)):
                return any(map(unregistered, item))
            if isinstance(item, dict):
                return any(map(unregistered, item.values()))
            return isinstance(item, Block) and item not in registered

        for name, member in self.__dict__.items():
            if name != "_children" and isinstance(member, (list, tuple, dict)) and unregistered(member):
                warn(
                    f"{type(self).__name__}.{name} holds blocks that are not registered as children, so their "
                    "parameters are not found; use register_child or nn.Sequential"
                )

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """All parameters by their place in the structure, such as ``0.weight``."""
        if prefix:
            prefix += "."
        found = {prefix + name: parameter for name, parameter in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Add a child, under a name or the next number."""
        self._children[str(len(self._children)) if name is None else name] = block

    def apply(self, fn: Callable[[Block], Any]) -> Block:
        """Call a function with every child, deepest first, and with the block itself; returns the block."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    @leaving
    def initialize(
        self,
        init: Any = initializer.Uniform(),  # noqa: B008 - holds nothing but its range
        ctx: Context | Sequence[Context] | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialize all parameters of the block and its children.

        Parameters
        ----------
        init : str or Initializer
            for parameters without an initializer of their own
        ctx : Context or list of Context, optional
            where to keep copies; the current context by default
        verbose : bool
            log what is initialized
        force_reinit : bool
            start those again that are initialized already
        """
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Have children that are HybridBlocks run as graphs; the options are those of :meth:`HybridBlock.hybridize`."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def cast(self, dtype: Any) -> None:
        """Convert all parameters to another dtype."""
        parts: list[Block | Parameter] = [*self._children.values(), *self._params.values()]
        for part in parts:
            part.cast(dtype)

    # --- hooks --------------------------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Callable[[Block, tuple[Any, ...]], Any]) -> HookHandle:
        """Call ``hook(block, inputs)`` before every forward; returns a handle with ``detach()``."""
        handle = HookHandle()
        handle.attach(self._forward_pre_hooks, hook)
        return handle

    def register_forward_hook(self, hook: Callable[[Block, tuple[Any, ...], Any], Any]) -> HookHandle:
        """Call ``hook(block, inputs, outputs)`` after every forward; returns a handle with ``detach()``."""
        handle = HookHandle()
        handle.attach(self._forward_hooks, hook)
        return handle

    def register_op_hook(self, callback: Callable[[bytes, bytes, Any], Any], monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, array)`` for the operators of hybridized children."""
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    # --- running ------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """Run the block: hooks, :meth:`forward`, hooks."""
        if shape_pass.active:
            return self.forward(*args)
        if self._forward_pre_hooks:
            for hook in list(self._forward_pre_hooks.values()):
                hook(self, args)
        try:
            out = self.forward(*args)
        except Exception as error:
            told_of_block(self, args, error)
            raise
        if self._forward_hooks:
            for hook in list(self._forward_hooks.values()):
                hook(self, args, out)
        if is_np_array():
            _check_np_arrays(self, out)
        return out

    def _what_does_not_fit(self, *args: Any) -> str | None:
        """Why a call with these inputs is refused, in the block's own words, where it has some."""
        return None

    def forward(self, *args: Any) -> Any:
        """Compute the output; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def summary(self, *inputs: Any) -> None:
        """Print the layers, the shapes of their outputs and how many parameters they have.

        Parameters
        ----------
        *inputs : NDArray
            what to run the block on

        Raises
        ------
        AssertionError
            the block is hybridized
        """
        print_summary(self, inputs)

    # --- files --------------------------------------------------------------------------------------------------

    @leaving
    def save_parameters(self, filename: str | os.PathLike[str], deduplicate: bool = False) -> None:
        """Write all parameters to a file, named by their place in the structure.

        Parameters
        ----------
        filename : str
            MXNet's ``.params`` format
        deduplicate : bool
            write a parameter that has several places once, under the last
        """
        parameters = self._collect_params_with_prefix()
        if deduplicate:
            last_place = {parameter: name for name, parameter in parameters.items()}
            parameters = {name: parameter for parameter, name in last_place.items()}
        nd.save(filename, {name: parameter._reduce() for name, parameter in parameters.items()})

    @leaving
    def load_parameters(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file that :meth:`save_parameters` (or ``ParameterDict.save``, ``export``) wrote.

        Parameters
        ----------
        filename : str
            the file
        ctx : Context or list of Context, optional
            where to keep parameters that are not initialized yet
        allow_missing : bool
            leave parameters as they are that the file does not have
        ignore_extra : bool
            leave out what the file has and the block does not
        cast_dtype : bool
            convert where dtypes differ
        dtype_source : {'current', 'saved'}
            which of the two dtypes to keep then

        Raises
        ------
        AssertionError
            a parameter is missing in the file, or shapes or dtypes differ
        ValueError
            the file has a parameter the block does not
        """
        arrays = nd.load(filename)
        parameters = self._collect_params_with_prefix()
        if not arrays and not parameters:
            return
        if not isinstance(arrays, dict):
            raise AttributeError(
                f"load_parameters: {filename} holds {len(arrays)} arrays without names; expected names"
            )
        if not any("." in name for name in arrays):
            self.collect_params().load_dict(
                arrays, ctx, allow_missing, ignore_extra, self.prefix, str(filename), cast_dtype, dtype_source
            )
            return
        if not allow_missing:
            places = defaultdict(list)
            for name, parameter in parameters.items():
                places[parameter].append(name)
            for name, parameter in parameters.items():
                if not any(place in arrays for place in places[parameter]):
                    raise AssertionError(
                        f"load_parameters: {name!r} is not in {filename}, which has {_brief_print_list(list(arrays))}; "
                        "allow_missing=True leaves it as it is"
                    )
        if not ignore_extra:
            for name in arrays:
                if name not in parameters:
                    raise ValueError(
                        f"load_parameters: {name!r} in {filename} is no parameter of the block, which has "
                        f"{_brief_print_list(list(parameters))}; ignore_extra=True leaves it out"
                    )
        found = {parameters[name]: array for name, array in arrays.items() if name in parameters}
        load_all(found, ctx, cast_dtype, dtype_source)

    def save_params(self, filename: str | os.PathLike[str]) -> None:
        """Write all parameters by name: the older format; use :meth:`save_parameters`."""
        warn("save_params is deprecated; use save_parameters, or export for SymbolBlock")
        try:
            self.collect_params().save(filename, strip_prefix=self.prefix)
        except ValueError as error:
            raise ValueError(
                f"{error}; save_parameters names parameters by their place and has no such trouble"
            ) from error

    def load_params(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> None:
        """Read parameters: the older name of :meth:`load_parameters`."""
        warn("load_params is deprecated; use load_parameters")
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    def save(self, prefix: str) -> None:
        """Write the structure to ``prefix-model.json`` and the parameters to ``prefix-model.params``."""
        save_model(self, prefix)

    def load(self, prefix: str) -> None:
        """Read what :meth:`save` wrote into a block of the same structure."""
        load_model(self, prefix)


def _check_np_arrays(block: Block, outputs: Any) -> None:
    """Under NumPy semantics a block gives arrays of that kind."""
    from ..numpy import ndarray

    for item in _shapes.flatten(outputs):
        if isinstance(item, NDArray) and not isinstance(item, ndarray):
            raise TypeError(
                f"{block.name}: under npx.set_np() a block must return mx.np.ndarray; got {type(item).__name__}, "
                "which as_np_ndarray() converts"
            )


from .hybrid import HybridBlock  # noqa: E402 - it builds on Block
from .symbol_block import SymbolBlock  # noqa: E402
