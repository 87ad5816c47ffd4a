"""The interface of a key-value store, and making one by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..base import MXNetError
from ..context import num_gpus

__all__ = ["KVStoreBase", "create", "create_for"]

#: the names of the store within one process: where it adds up makes no difference to the sum
LOCAL = ("local", "device", "local_update_cpu", "local_allreduce_cpu", "local_allreduce_device")
#: what the names of MXNet's stores over several machines begin with
_OVER_MACHINES = ("dist", "p3")


class KVStoreBase:
    """What training needs of a key-value store; stores of other packages derive from it and register.

    Examples
    --------
    >>> @mx.kv.KVStoreBase.register
    ... class Silent(mx.kv.KVStoreBase):
    ...     rank, num_workers, type = 0, 1, 'silent'
    >>> mx.kv.create('silent').type
    'silent'
    """

    OPTIMIZER = "optimizer"
    kv_registry: ClassVar[dict[str, type]] = {}

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """Set a key to a value and copy it to `out`."""
        raise NotImplementedError(f"{type(self).__name__} has no broadcast")

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Add up values and copy the sum to `out`, or back to the values."""
        raise NotImplementedError(f"{type(self).__name__} has no pushpull")

    def broadcast_all(self, keys: Sequence[Any], values: Sequence[Any], outs: Sequence[Sequence[Any]]) -> None:
        """:meth:`broadcast` for each key; what training calls before its first step.

        A store that can do several at once overrides this and :meth:`pushpull_all`. Those made for MXNet take one key
        at a time.

        Parameters
        ----------
        keys : sequence of int or str
        values : sequence of NDArray
            the value of each key
        outs : sequence of list of NDArray
            for each key the arrays, one on each device, that are given the value
        """
        for key, value, out in zip(keys, values, outs, strict=True):
            self.broadcast(key, value, out)

    def pushpull_all(
        self, keys: Sequence[Any], values: Sequence[Sequence[Any]], outs: Sequence[Sequence[Any]] | None = None
    ) -> None:
        """:meth:`pushpull` for each key; what training calls with all gradients of a step.

        Parameters
        ----------
        keys : sequence of int or str
            the first are needed first
        values : sequence of list of NDArray
            for each key the arrays, one on each device, to add up
        outs : sequence of list of NDArray, optional
            for each key the arrays that are given the sum, or what the store's optimizer made of the key's value with
            it; by default the values themselves
        """
        for position, (key, value) in enumerate(zip(keys, values, strict=True)):
            self.pushpull(key, value, out=None if outs is None else outs[position], priority=-position)

    def held_optimizer(self) -> Any:
        """The optimizer the store updates its values with, or None where it has none in this process."""
        return getattr(getattr(self, "_updater", None), "optimizer", None)  # where MXNet's trainer looks for it

    def set_optimizer(self, optimizer: Any) -> None:
        """Let the store update its values with an optimizer."""
        raise NotImplementedError(f"{type(self).__name__} holds no optimizer")

    @staticmethod
    def is_capable(capability: str) -> bool:
        """Whether the store can do something, such as hold an optimizer."""
        raise NotImplementedError(f"is_capable({capability!r}): this store does not say what it can do")

    def set_gradient_compression(self, compression_params: Any) -> None:
        """Compress gradients between devices."""
        raise NotImplementedError(f"{type(self).__name__} does not compress gradients")

    def save_optimizer_states(self, fname: str, dump_optimizer: bool = False) -> None:
        """Save what the optimizer keeps to a file."""
        raise NotImplementedError(f"{type(self).__name__} holds no optimizer")

    def load_optimizer_states(self, fname: str) -> None:
        """Load what the optimizer keeps from a file."""
        raise NotImplementedError(f"{type(self).__name__} holds no optimizer")

    @property
    def type(self) -> str:
        """The name of the kind of store."""
        raise NotImplementedError(f"{type(self).__name__} has no type")

    @property
    def rank(self) -> int:
        """The number of this worker."""
        raise NotImplementedError(f"{type(self).__name__} has no rank")

    @property
    def num_workers(self) -> int:
        """How many workers there are."""
        raise NotImplementedError(f"{type(self).__name__} has no workers")

    @staticmethod
    def register(klass: Any) -> Any:
        """Make a class of stores known by its lower-case name."""
        if not isinstance(klass, type):
            raise AssertionError(f"KVStoreBase.register: expected a class, got {klass!r}")
        KVStoreBase.kv_registry[klass.__name__.lower()] = klass
        return klass


def create(name: str = "local") -> Any:
    """A key-value store by name.

    Parameters
    ----------
    name : str
        'local' or 'device', which add up the gradients of the devices of this process, or a registered name

    Raises
    ------
    MXNetError
        a store over several machines ('dist_sync', for instance), or an unknown name
    TypeError
        the name is no string

    Examples
    --------
    >>> store = mx.kv.create('local')
    >>> store.init('weight', mx.nd.zeros((2,)))
    >>> store.push('weight', [mx.nd.array([1, 2]), mx.nd.array([10, 20])])
    >>> weight = mx.nd.zeros((2,))
    >>> store.pull('weight', out=weight)
    >>> weight.asnumpy().tolist()
    [11.0, 22.0]
    """
    from .local import KVStore

    if not isinstance(name, str):
        raise TypeError(f"kvstore.create: name is {name!r}, expected a string")
    kind = name.lower()
    if kind in KVStoreBase.kv_registry:
        return KVStoreBase.kv_registry[kind]()
    if kind in LOCAL or (kind == "nccl" and num_gpus()):
        return KVStore(kind)
    if kind == "nccl":
        raise MXNetError("kvstore.create: 'nccl' adds up on gpus, and torch sees none here; use 'local'")
    if kind.startswith(_OVER_MACHINES):
        raise MXNetError(
            f"kvstore.create: {name!r} spreads training over several machines, which is not supported; "
            "'local' and 'device' use the devices of this one"
        )
    known = sorted({*LOCAL, *KVStoreBase.kv_registry})
    raise MXNetError(f"kvstore.create: there is no store {name!r}; there are {', '.join(known)}")


def create_for(name: str, devices: int) -> Any:
    """The store to train with, by name, or None where there is nothing to add up.

    One device needs a store only to meet the devices of other workers.

    Parameters
    ----------
    name : str
        as for :func:`create`
    devices : int
        on how many devices of this process the parameters are
    """
    kind = name.lower()
    if devices > 1 or kind.startswith(_OVER_MACHINES):
        return create(name)
    if kind not in KVStoreBase.kv_registry:
        return None
    store = create(name)
    return store if _workers(store) > 1 else None


def _workers(store: KVStoreBase) -> int:
    try:
        return store.num_workers
    except NotImplementedError:  # a store that does not say is one of this process alone
        return 1
