"""The key-value store within one process: values on one device, sums over the arrays of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import autograd, memory
from ..base import MXNetError
from ..ndarray.ndarray import NDArray, wrap
from ..ndarray.op import elemwise_add
from ..ndarray.sparse_array import RowSparseNDArray, chosen, held, with_all_rows
from ..ndarray.sparse_calls import described
from ..ops.registry import describe
from ..optimizer import Updater, get_updater
from ..optimizer.updater import load_states, save_states
from .base import KVStoreBase

__all__ = ["KVStore"]


class KVStore(KVStoreBase):
    """Holds an array for each key.

    Keys are integers or strings, all of one kind. Arrays pushed to a key are added up; the sum replaces the key's
    value, or goes to the updater, which changes it. Made by :func:`mxnet.kvstore.create`.
    """

    def __init__(self, kind: str = "local") -> None:
        self._kind = kind
        self._values: dict[Any, NDArray] = {}
        self._key_type: type | None = None
        self._updater: Callable[[Any, NDArray, NDArray], Any] | None = None
        self._compression: dict[str, Any] = {}

    # --- keys and values ----------------------------------------------------------------------------------------

    def _key(self, key: Any) -> Any:
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise AssertionError(f"KVStore: a key is an int or a str, got {key!r} of type {type(key).__name__}")
        kind = str if isinstance(key, str) else int
        if self._key_type is None:
            self._key_type = kind
        elif kind is not self._key_type:
            raise MXNetError(f"KVStore: key {key!r} is {kind.__name__}, the keys before were {self._key_type.__name__}")
        return key

    def _pairs(self, key: Any, value: Any) -> list[tuple[Any, list[NDArray]]]:
        """Keys and the arrays of each, from a key and an array or a list, or from lists of both."""
        if isinstance(key, (list, tuple)):
            if not key:
                raise MXNetError("KVStore: no keys given")
            if not isinstance(value, (list, tuple)) or len(key) != len(value):
                got = len(value) if isinstance(value, (list, tuple)) else value
                raise AssertionError(f"KVStore: {len(key)} keys need as many values, got {got!r}")
            return [pair for one, other in zip(key, value, strict=True) for pair in self._pairs(one, other)]
        arrays = list(value) if isinstance(value, (list, tuple)) else [value]
        for array in arrays:
            if not isinstance(array, NDArray):
                raise TypeError(
                    f"KVStore: key {key!r}: expected an NDArray, got {array!r} of type {type(array).__name__}"
                )
        return [(self._key(key), arrays)]

    def _value(self, key: Any) -> NDArray:
        if key not in self._values:
            raise MXNetError(f"KVStore: there is no key {key!r}; it has to be initialized with init or broadcast first")
        return self._values[key]

    def init(self, key: Any, value: Any) -> None:
        """Give keys their first values, which are copied.

        Parameters
        ----------
        key : int, str or list of them
            keys that are new
        value : NDArray or list of NDArray
            a value for each

        Raises
        ------
        MXNetError
            a key has a value already
        """
        for each, arrays in self._pairs(key, value):
            if each in self._values:
                raise MXNetError(f"KVStore.init: key {each!r} has a value already")
            self._values[each] = arrays[0].detach().copy()

    # --- sums ---------------------------------------------------------------------------------------------------

    def _sum(self, key: Any, arrays: Sequence[NDArray]) -> NDArray:
        """The sum of arrays, on the device of the key's value; a new array of its dtype where there are several."""
        stored = self._value(key)
        if any(array._sparse for array in (stored, *arrays)):
            return self._sparse_sum(key, stored, arrays)
        total = arrays[0]._t.detach().to(stored._t.device)
        for array in arrays[1:]:
            if array._t.shape != total.shape:
                raise MXNetError(f"KVStore.push: key {key!r}: {describe(array._t)} and {describe(total)} do not add up")
            total = total.to(stored._t.dtype) + array._t.detach().to(stored._t)
        return wrap(total, stored._ctx)

    @staticmethod
    def _sparse_sum(key: Any, stored: NDArray, arrays: Sequence[NDArray]) -> NDArray:
        """The sum of arrays of which some are sparse: of rows where all are, else dense."""
        here = [array.detach().as_in_context(stored._ctx) for array in arrays]
        if any(array.shape != stored.shape for array in here):
            shapes = ", ".join(str(array.shape) for array in here)
            raise MXNetError(f"KVStore.push: key {key!r} has the shape {stored.shape}; pushed were {shapes}")
        with autograd.pause():
            if any(array.stype != "row_sparse" for array in here):
                here = [array.tostype("default") for array in here]
            total = here[0]
            for array in here[1:]:
                total = elemwise_add(total, array)
        return total

    def push(self, key: Any, value: Any, priority: int = 0) -> None:
        """Add up the arrays of each key; the sum becomes its value, or the updater changes the value by it.

        Parameters
        ----------
        key : int, str or list of them
            keys that have values
        value : NDArray, list of NDArray, or list of these
            an array or several for each key
        priority : int
            accepted for MXNet's sake: everything is done in order
        """
        pushed: dict[Any, list[NDArray]] = {}
        for each, arrays in self._pairs(key, value):  # a key that comes twice is one sum, as in MXNet
            pushed.setdefault(each, []).extend(arrays)
        if self._updater is not None:
            self._update(pushed)
            return
        for each, arrays in pushed.items():
            total = self._sum(each, arrays)
            value = self._value(each)
            if value._sparse:
                value._store(with_all_rows(total)._record)
            elif total._sparse:
                value._store(total._whole)
            else:
                self._values[each] = wrap(total._t.clone(), total._ctx) if len(arrays) == 1 else total

    def _update(self, pushed: Mapping[Any, list[NDArray]]) -> None:
        """Change the values of keys by the sums of what was pushed, all in one call where the optimizer can."""
        updater = self._updater
        assert updater is not None
        sums = {key: self._sum(key, arrays) for key, arrays in pushed.items()}
        if isinstance(updater, Updater) and updater.optimizer.fused:
            updater(list(sums), list(sums.values()), [self._values[key] for key in sums])
            return
        for key, total in sums.items():
            updater(key, total, self._values[key])

    def pull(self, key: Any, out: Any = None, priority: int = 0, ignore_sparse: bool = True) -> None:
        """Copy the value of each key.

        Parameters
        ----------
        key : int, str or list of them
            keys that have values
        out : NDArray, list of NDArray, or list of these
            an array or several for each key, which are written
        priority : int
            accepted for MXNet's sake: everything is done in order
        ignore_sparse : bool
            concerns stores of several machines: here sparse values are copied like others

        Raises
        ------
        MXNetError
            an array of `out` has another shape than the value
        """
        if out is None:
            raise AssertionError("KVStore.pull: out is missing: the arrays to copy to")
        for each, arrays in self._pairs(key, out):
            self._copy(each, self._value(each), arrays)

    @staticmethod
    def _copy(key: Any, value: NDArray, arrays: Sequence[NDArray]) -> None:
        for array in arrays:
            if array.shape != value.shape:
                raise MXNetError(f"KVStore: key {key!r} has the value {described(value)}; out is {described(array)}")
            if value._sparse or array._sparse:
                array._store(held(value) if array.stype == value.stype else value._whole)
            else:
                memory.copy(array._t, value._t)

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """:meth:`push` and then :meth:`pull`, to `out` or, without it, back to the arrays pushed.

        Parameters
        ----------
        key, value, priority
            as in :meth:`push`
        out : NDArray, list of NDArray, or list of these, optional
            as in :meth:`pull`
        """
        self.push(key, value, priority)
        self.pull(key, value if out is None else out, priority)

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """:meth:`init` and then :meth:`pull`.

        Parameters
        ----------
        key, value
            as in :meth:`init`
        out, priority
            as in :meth:`pull`
        """
        self.init(key, value)
        self.pull(key, out, priority)

    def broadcast_all(self, keys: Sequence[Any], values: Sequence[Any], outs: Sequence[Sequence[Any]]) -> None:
        """:meth:`broadcast` of all keys at once."""
        self.broadcast(list(keys), list(values), list(outs))

    def pushpull_all(
        self, keys: Sequence[Any], values: Sequence[Sequence[Any]], outs: Sequence[Sequence[Any]] | None = None
    ) -> None:
        """:meth:`pushpull` of all keys at once: the optimizer updates their values in one call."""
        self.pushpull(list(keys), list(values), None if outs is None else list(outs))

    def row_sparse_pull(self, key: Any, out: Any = None, priority: int = 0, row_ids: Any = None) -> None:
        """Copy some rows of the value of each key.

        Parameters
        ----------
        key : int, str or list of them
            keys that have values
        out : RowSparseNDArray, list of them, or list of these
            an array or several for each key, which get the rows
        priority : int
            accepted for MXNet's sake: everything is done in order
        row_ids : NDArray, list of NDArray, or list of these
            which rows, for all arrays of `out` or for each; of any shape, each row as often as you like

        Raises
        ------
        AssertionError
            `out` or `row_ids` is missing
        MXNetError
            an array of `out` is not row_sparse or has another shape than the value, or a row is outside of it
        """
        if out is None or row_ids is None:
            raise AssertionError("KVStore.row_sparse_pull: out and row_ids are both needed")
        several = isinstance(key, (list, tuple))
        for place, (each, arrays) in enumerate(self._pairs(key, out)):
            wanted = row_ids[place] if several and isinstance(row_ids, (list, tuple)) else row_ids
            ids = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]
            if len(ids) not in (1, len(arrays)):
                raise AssertionError(f"KVStore.row_sparse_pull: {len(ids)} row_ids for {len(arrays)} arrays")
            self._pull_rows(each, arrays, ids * len(arrays) if len(ids) == 1 else ids)

    def _pull_rows(self, key: Any, arrays: Sequence[NDArray], ids: Sequence[NDArray]) -> None:
        value = self._value(key)
        if not isinstance(value, RowSparseNDArray):
            raise MXNetError(
                f"KVStore.row_sparse_pull: the value of key {key!r} is {value.stype}; expected row_sparse, use pull"
            )
        for array, wanted in zip(arrays, ids, strict=True):
            if not isinstance(array, RowSparseNDArray) or array.shape != value.shape:
                raise MXNetError(
                    f"KVStore.row_sparse_pull: key {key!r} has the value {described(value)}; out is "
                    f"{described(array)}; expected a row_sparse array of that shape"
                )
            array._store(chosen(value._record, wanted._whole))

    # --- the optimizer ------------------------------------------------------------------------------------------

    @staticmethod
    def is_capable(capability: str) -> bool:
        """Whether the store can hold an optimizer: yes.

        Raises
        ------
        ValueError
            something else is asked
        """
        if capability.lower() == KVStoreBase.OPTIMIZER:
            return True
        raise ValueError(f"is_capable: {capability!r} is nothing a store could be capable of; known is 'optimizer'")

    def set_optimizer(self, optimizer: Any) -> None:
        """Update values with an optimizer from here on: what is pushed counts as their gradient."""
        self._set_updater(get_updater(optimizer))

    def _set_updater(self, updater: Callable[[Any, NDArray, NDArray], Any]) -> None:
        """Change values with ``updater(key, pushed, value)`` from here on."""
        self._updater = updater

    def _held_updater(self, what: str) -> Updater:
        if not isinstance(self._updater, Updater):
            raise AssertionError(f"KVStore.{what}: the store holds no optimizer; set one with set_optimizer")
        return self._updater

    def save_optimizer_states(self, fname: str, dump_optimizer: bool = False) -> None:
        """Save what the optimizer keeps, and with `dump_optimizer` the optimizer as well."""
        save_states(self._held_updater("save_optimizer_states"), fname, dump_optimizer)

    def load_optimizer_states(self, fname: str) -> None:
        """Load what :meth:`save_optimizer_states` saved."""
        load_states([self._held_updater("load_optimizer_states")], fname)

    # --- workers and the rest -----------------------------------------------------------------------------------

    @property
    def type(self) -> str:
        """The name it was created by."""
        return self._kind

    @property
    def handle(self) -> KVStore:
        """Itself, where MXNet has a pointer for its C library."""
        return self

    @property
    def rank(self) -> int:
        """The number of this worker: 0."""
        return 0

    @property
    def num_workers(self) -> int:
        """How many workers there are: 1."""
        return 1

    def barrier(self) -> None:
        """Wait for the other workers, of which there are none."""

    _barrier = barrier

    def set_gradient_compression(self, compression_params: Mapping[str, Any]) -> None:
        """Compress gradients between devices, which is not supported.

        Raises
        ------
        AssertionError
            the parameters are no dict
        MXNetError
            any type but 'none'
        """
        if not isinstance(compression_params, Mapping):
            raise AssertionError(f"set_gradient_compression: expected a dict, got {compression_params!r}")
        kind = compression_params.get("type", "none")
        if kind != "none":
            raise MXNetError(f"set_gradient_compression: type={kind!r} is not supported; gradients go as they are")
        self._compression = dict(compression_params)
