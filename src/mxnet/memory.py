"""The ledger of memory: who writes into it, who has been lent it, what is still to be computed from it.

Every storage that somebody cares about has an :class:`_Account`, which torch keeps as long as the storage, so nothing
here grows and an address that is used again starts with a clean page. Three kinds of callers meet in it:

* who writes into an array's memory does so within :func:`writing` (or by :func:`copy`, :func:`fill`, :func:`put`). What
  is pending on that memory is computed first, and the account counts before and after, so a count that was read while
  somebody writes is never taken for one of memory at rest;
* who hands memory out calls :func:`lend`, who takes memory in calls :func:`adopt`. From then on others may write to it
  unseen: nothing is deferred over it, and nothing kept of it counts as unchanged;
* who computes later (:class:`Pending`) or keeps what was computed (:class:`Kept`) reads what the account says.

The ledger knows tensors and nothing of arrays. Its lock is held for counting alone, never while something is computed
and never while code of a caller runs.

``REMXNET_CHECK_MEMORY=1`` distrusts all of this: elements are hashed when something is deferred or kept, and a write
that went past the ledger is an error where it would have been a wrong number.
"""

from __future__ import annotations

import os
import threading
import weakref
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch

from .base import MXNetError

__all__ = [
    "Kept", "Note", "Pending", "adopt", "alone", "called", "check", "copy", "fill", "filled", "lend",
    "pending", "put", "settle", "share", "stamp", "swap", "writing",
]  # fmt: skip

#: whether elements are hashed, to find writes that went past the ledger
CHECKING = os.environ.get("REMXNET_CHECK_MEMORY", "") not in ("", "0")

_ATTRIBUTE = "_mxnet_account"
_lock = threading.RLock()  # of the accounts; held for a few additions at a time

#: the accounts, by identity, whose memory something is pending on or kept of: while there are none, a write has nobody
#: to tell
_concerned: set[int] = set()
#: one entry for each write that is under way. Who opens an account looks whether others are writing, perhaps to this
#: very memory without having seen the account; a list costs a write a tenth of what a lock would
_under_way: list[None] = []
_begin, _end = _under_way.append, _under_way.pop


class _Account:
    """What is known of one storage.

    Attributes
    ----------
    count : goes up before and after each write
    writers : how many are writing
    lent : whether somebody else may write to the memory unseen
    shared : whether several arrays hold one and the same tensor of it
    filled : the count after the whole memory was filled with a number, and that number
    readers : what is pending on the memory, weakly, by identity
    kept : whether somebody went by the count
    complete : whether every write is counted: none is under way that began before the account was opened
    """

    __slots__ = ("complete", "count", "filled", "kept", "lent", "readers", "shared", "writers")

    def __init__(self) -> None:
        self.count = self.writers = 0
        self.lent = self.shared = self.kept = self.complete = False
        self.filled: tuple[int, Any] | None = None
        self.readers: dict[int, weakref.ref[Pending]] = {}

    def __del__(self) -> None:
        _concerned.discard(id(self))


def _found(tensor: torch.Tensor) -> _Account | None:
    """The account of a tensor's memory, if it has one."""
    return getattr(tensor.untyped_storage(), _ATTRIBUTE, None)


def _opened(tensor: torch.Tensor) -> _Account:
    """The account of a tensor's memory, which has one from now on."""
    storage = tensor.untyped_storage()
    account = getattr(storage, _ATTRIBUTE, None)
    if account is None:
        with _lock:
            account = getattr(storage, _ATTRIBUTE, None)
            if account is None:
                account = _Account()
                setattr(storage, _ATTRIBUTE, account)
    return account


def _counted(tensor: torch.Tensor) -> _Account:
    """The account of a tensor's memory, in which every write is counted from now on."""
    account = _opened(tensor)
    if not account.kept:
        account.kept = True
        _concerned.add(id(account))
    return account


# --- writing --------------------------------------------------------------------------------------------------------


def _entered(tensors: Iterable[torch.Tensor]) -> list[_Account]:
    """The accounts of memory that is written to from now on; what is pending on it is computed first."""
    found = {}
    for tensor in tensors:
        account = _found(tensor)
        if account is not None:
            found[id(account)] = account
    accounts = list(found.values())
    if accounts:
        with _lock:
            for account in accounts:
                account.count += 1
                account.writers += 1
        try:
            for account in accounts:
                _compute(account)
        except BaseException:
            _left(accounts)
            raise
    return accounts


def _at_rest(account: _Account) -> bool:
    """Whether nobody writes to the memory now, and its count would tell who did."""
    if not account.complete:
        account.complete = not _under_way
    return account.complete and not account.writers and not account.lent


def _left(accounts: Sequence[_Account]) -> None:
    """The write is over."""
    with _lock:
        for account in accounts:
            account.count += 1
            account.writers -= 1


def _compute(account: _Account) -> None:
    """Compute what is pending on an account's memory."""
    for reference in tuple(account.readers.values()):
        reader = reference()
        if reader is not None:
            reader.settle()


class writing:
    """A ``with`` block that writes into the memory of tensors, outside any graph.

    Parameters
    ----------
    *tensors : Tensor
        what is written to; the block is given tensors of the same memory that are in no graph: like in MXNet, a graph
        recorded before sees what is written

    Examples
    --------
    >>> import torch
    >>> from mxnet.memory import writing
    >>> weight = mx.nd.ones((2,))
    >>> with writing(weight._t) as (memory,):
    ...     _ = memory.mul_(3)
    >>> weight.asnumpy().tolist()
    [3.0, 3.0]
    """

    __slots__ = ("_open", "_tensors")

    def __init__(self, *tensors: torch.Tensor) -> None:
        self._tensors = tensors

    def __enter__(self) -> list[torch.Tensor]:
        _begin(None)
        try:
            self._open = _entered(self._tensors) if _concerned else ()
            return [tensor.data for tensor in self._tensors]
        except BaseException:
            _end()
            raise

    def __exit__(self, *exc: object) -> None:
        if self._open:
            _left(self._open)
        _end()


def called(spec: Any, tensors: Sequence[torch.Tensor | None], attributes: Mapping[str, Any]) -> Any:
    """What an operator's function returns that writes into some of its inputs, which are opened for it.

    Parameters
    ----------
    spec : OpSpec
        the operator; its ``written`` says which inputs
    tensors, attributes : sequence of Tensor or None, mapping
        what the function is called with
    """
    given: list[Any] = list(tensors)
    places = [place for place in spec.written(len(given)) if given[place] is not None]
    with writing(*(given[place] for place in places)) as opened:
        for place, tensor in zip(places, opened):
            given[place] = tensor
        return spec.function(*given, **attributes)


def copy(target: torch.Tensor, value: torch.Tensor, recorded: bool = False) -> None:
    """Write a value into a tensor's memory; differentiably where that is to be recorded."""
    _begin(None)
    accounts: Sequence[_Account] = ()
    try:
        if _concerned:
            accounts = _entered((target,))
        if recorded:
            target.copy_(value)
        else:
            target.data.copy_(value.detach())
    finally:
        if accounts:
            _left(accounts)
        _end()


def put(target: torch.Tensor, key: Any, value: Any, recorded: bool = False) -> None:
    """``target[key] = value`` in a tensor's memory; differentiably where that is to be recorded."""
    _begin(None)
    accounts: Sequence[_Account] = ()
    try:
        if _concerned:
            accounts = _entered((target,))
        (target if recorded else target.data)[key] = value
    finally:
        if accounts:
            _left(accounts)
        _end()


def fill(tensors: Sequence[torch.Tensor], number: float) -> None:
    """Write one number everywhere."""
    if not tensors:
        return
    with writing(*tensors) as memory:
        if number == 0:
            torch._foreach_zero_(memory)
        else:
            for each in memory:
                each.fill_(number)


def filled(tensor: torch.Tensor, number: float) -> None:
    """Write one number everywhere, unless that was the last that happened to the memory.

    Cheap enough for what has to hold after every call, such as a scale that is fixed.
    """
    account = _counted(tensor)
    whole = tensor.numel() * tensor.element_size() == tensor.untyped_storage().nbytes()
    if whole and _at_rest(account) and account.filled == (account.count, number):
        return
    with writing(tensor) as (memory,):
        account.filled = (account.count + 1, number)  # what it will be after this write, if there is no other
        memory.fill_(number)


def swap(tensor: torch.Tensor, other: torch.Tensor) -> None:
    """Give a tensor, which stays the same object, other memory with the same elements."""
    account = _found(tensor)
    if account is not None:
        _compute(account)
    tensor.data = other


# --- lending --------------------------------------------------------------------------------------------------------


def lend(tensor: torch.Tensor) -> None:
    """Somebody else is about to get hold of a tensor's memory: what is pending on it is computed now."""
    account = _opened(tensor)
    account.lent = True
    _compute(account)


def adopt(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor whose memory somebody else has too."""
    _opened(tensor).lent = True
    return tensor


def share(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that a second array is to hold, and not a view of it."""
    _opened(tensor).shared = True
    return tensor


_users = getattr(torch._C, "_storage_Use_Count", None)


def _count(tensor: torch.Tensor) -> int:
    return _users(tensor.untyped_storage()._cdata)  # type: ignore[misc]


#: what torch counts where one tensor has a storage
_ONE = _count(torch.empty(1)) if _users is not None else 0


def alone(tensor: torch.Tensor) -> bool:
    """Whether all of a tensor's memory is its own and nobody else's: no view, no array beside its own, not lent."""
    if _users is None or _count(tensor) != _ONE:
        return False
    storage = tensor.untyped_storage()
    if storage.nbytes() != tensor.numel() * tensor.element_size():
        return False
    account = getattr(storage, _ATTRIBUTE, None)
    return account is None or not (account.lent or account.shared)


# --- computing later ------------------------------------------------------------------------------------------------


def _hash(tensor: torch.Tensor) -> int:
    elements = tensor.detach().cpu().contiguous().reshape(-1)
    return zlib.crc32(elements.view(torch.uint8).numpy().data) if elements.numel() else 0


#: a tensor that something is computed from later: torch's count of writes then, and a hash if asked for
Note = tuple[torch.Tensor, int, "int | None"]


def check(notes: Iterable[Note], what: str) -> None:
    """Raise where a tensor was written to since it was noted, past the ledger."""
    for tensor, version, elements in notes:
        if tensor._version != version or (elements is not None and _hash(tensor) != elements):
            raise MXNetError(
                f"{what}: an input of shape {tuple(tensor.shape)} was written to between the call and the first look "
                "at the result, by something that does not say so; look at the result before, or write by mxnet"
            )


class _Reference(weakref.ref):
    """A weak reference that strikes what it stood for from the accounts."""

    __slots__ = ("accounts", "key")

    accounts: list[_Account]
    key: int


def _forgotten(reference: _Reference) -> None:
    _pending.pop(reference.key, None)
    with _lock:
        for account in reference.accounts:
            account.readers.pop(reference.key, None)
            if not account.readers and not account.kept:
                _concerned.discard(id(account))


#: everything that is not computed yet, weakly, by identity
_pending: dict[int, _Reference] = {}


class Pending:
    """Arrays that come from the same memory and are computed when somebody looks, or before that memory changes.

    A subclass defines :meth:`settle` and :meth:`wanted`, and holds :attr:`lock` while it computes, so that who looks
    while another thread computes waits. An error belongs to its array: it is raised for whoever looks, each time, and
    for nobody else.

    Attributes
    ----------
    lock : held by the thread that computes
    """

    __slots__ = ("__weakref__", "_reference", "lock")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._reference = reference = _Reference(self, _forgotten)
        reference.accounts, reference.key = [], id(self)
        _pending[reference.key] = reference

    def depend(self, tensors: Sequence[torch.Tensor]) -> list[Note] | None:
        """Be computed before any of these is written to.

        The caller holds :attr:`lock`, so that a writer who finds it registered waits until all of it is.

        Returns
        -------
        list of (Tensor, int, int or None) or None
            the tensors as they are, for :func:`check`; None where one of them is lent, so that nobody would know of a
            write: it must not stay pending
        """
        reference = self._reference
        key, accounts = reference.key, reference.accounts
        lent = False
        with _lock:
            for tensor in tensors:
                account = _opened(tensor)
                accounts.append(account)
                account.readers[key] = reference
                _concerned.add(id(account))
                lent = lent or account.lent  # after it is registered: who lends from now on computes it
        if lent:
            return None
        return [(tensor, tensor._version, _hash(tensor) if CHECKING else None) for tensor in tensors]

    def forget(self) -> None:
        """Nothing of it is pending any more."""
        _forgotten(self._reference)
        self._reference.accounts.clear()

    def settle(self) -> None:
        """Compute what somebody could look at, and keep an error for who does."""
        raise NotImplementedError

    def wanted(self) -> bool:
        """Whether there is still something that somebody could look at."""
        raise NotImplementedError


def pending() -> list[Pending]:
    """What is not computed yet and somebody could look at."""
    found = [reference() for reference in tuple(_pending.values())]
    return [each for each in found if each is not None and each.wanted()]


def settle() -> None:
    """Compute everything that is pending."""
    for each in pending():
        each.settle()


# --- keeping what was computed --------------------------------------------------------------------------------------


def stamp(tensor: torch.Tensor) -> tuple[Any, ...] | None:
    """What differs whenever a tensor's memory was written to, or the tensor has other memory or lies otherwise in it.

    None while somebody writes to it, or may write to it unseen.
    """
    account = _counted(tensor)
    if not _at_rest(account):
        return None
    return account, account.count, tensor._version, tensor.storage_offset(), tensor.shape, tensor.stride()


class Kept:
    """The last result of a function of tensors, made again only after one of them changed.

    Examples
    --------
    >>> import torch
    >>> from mxnet.memory import Kept
    >>> weight, doubled = mx.nd.ones((2,)), Kept()
    >>> first = doubled.get([weight._t], lambda: weight._t * 2)
    >>> doubled.get([weight._t], lambda: weight._t * 2) is first
    True
    >>> weight[:] = 5
    >>> doubled.get([weight._t], lambda: weight._t * 2).tolist()
    [10.0, 10.0]
    """

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: tuple[list[Any], list[int], Any] | None = None

    def get(self, tensors: Sequence[torch.Tensor | None], make: Callable[[], Any]) -> Any:
        """What `make` gives, or gave when the tensors were as they are now.

        It is kept only if nobody wrote to the tensors while it was made.
        """
        given = [tensor for tensor in tensors if tensor is not None]
        stamps = [stamp(tensor) for tensor in given]
        made = self._made
        if made is not None and made[0] == stamps and None not in stamps:
            if CHECKING and made[1] != [_hash(tensor) for tensor in given]:
                raise MXNetError("memory: weights changed without being counted, so what was made of them is stale")
            return made[2]
        hashes = [_hash(tensor) for tensor in given] if CHECKING else []
        result = make()
        if None not in stamps and stamps == [stamp(tensor) for tensor in given]:
            self._made = (stamps, hashes, result)
        else:
            self._made = None
        return result
