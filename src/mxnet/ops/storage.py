"""Arrays kept by what is not zero: compressed rows of a matrix (csr), and rows of an array (row_sparse).

Both are plain records of tensors. What computes with them asks for their :meth:`~Csr.proper` form first, in which
positions are within the shape, in order and each there once: files and programs may bring any others.
"""

from __future__ import annotations

import torch

from ..base import MXNetError

__all__ = ["Csr", "RowSparse", "Stored", "cast", "of_gradient", "want_rows", "wants_rows"]

Tensor = torch.Tensor


class Stored:
    """What both kinds have: the elements that are stored, their positions, and the shape of the whole.

    Attributes
    ----------
    values : Tensor
        the elements
    shape : tuple of int
        of the whole array
    stype : str
        the storage type's name
    """

    __slots__ = ("_proper", "shape", "values")

    stype: str
    values: Tensor
    shape: tuple[int, ...]
    _proper: bool

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the elements."""
        return self.values.dtype

    @property
    def device(self) -> torch.device:
        """Where the elements are."""
        return self.values.device

    def __repr__(self) -> str:
        return f"<{self.stype} {self.shape} {str(self.dtype).removeprefix('torch.')}, {self.values.shape[0]} stored>"

    @property
    def aux(self) -> tuple[Tensor, ...]:
        """The positions, in the order in which files have them."""
        raise NotImplementedError

    def like(self, values: Tensor) -> Stored:
        """Other elements at the same positions."""
        raise NotImplementedError

    def proper(self) -> Stored:
        """The same array with positions in order, each once."""
        raise NotImplementedError

    def dense(self) -> Tensor:
        """All elements."""
        raise NotImplementedError

    def fault(self, full: bool = True) -> str:
        """What is wrong with the positions; empty where nothing is.

        Parameters
        ----------
        full : bool
            look at every position, and not at lengths alone
        """
        raise NotImplementedError

    def _within(self) -> None:
        fault = self.fault(full=False) or self._outside()
        if fault:
            raise MXNetError(f"a {self.stype} array of shape {self.shape}: {fault}")

    def _outside(self) -> str:
        """What lies outside of the shape."""
        raise NotImplementedError

    def moved(self, device: torch.device | None = None, dtype: torch.dtype | None = None, copy: bool = True) -> Stored:
        """A copy, on another device or in another dtype where one is given."""
        made = self.like(self.values.detach().to(device or self.device, dtype or self.dtype, copy=copy))
        made._place(*(each.to(device or self.device, copy=copy) for each in self.aux))
        return made

    def _place(self, *aux: Tensor) -> None:
        raise NotImplementedError


def _ascending(positions: Tensor) -> bool:
    return positions.numel() < 2 or bool((positions[1:] > positions[:-1]).all())


class RowSparse(Stored):
    """Some rows of an array; all others are zero.

    Parameters
    ----------
    values : Tensor
        (n, …): the rows
    indices : Tensor
        (n,): which rows they are, as int64
    shape : tuple of int
        of the whole array
    proper : bool
        whether `indices` are known to be within it, in order and each there once

    Examples
    --------
    >>> import torch
    >>> from mxnet.ops.storage import RowSparse
    >>> RowSparse(torch.ones(1, 2), torch.tensor([1]), (3, 2)).dense().tolist()
    [[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    """

    __slots__ = ("indices",)
    stype = "row_sparse"

    def __init__(self, values: Tensor, indices: Tensor, shape: tuple[int, ...], proper: bool = False) -> None:
        self.values, self.indices, self.shape, self._proper = values, indices, tuple(shape), proper

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str = "cpu") -> RowSparse:
        """No row."""
        values = torch.empty((0, *shape[1:]), dtype=dtype, device=device)
        return cls(values, torch.empty(0, dtype=torch.int64, device=device), shape, True)

    @classmethod
    def of(cls, dense: Tensor) -> RowSparse:
        """The rows of a tensor in which there is anything but zeros.

        Raises
        ------
        MXNetError
            it has no rows
        """
        if not dense.dim():
            raise MXNetError("a row_sparse array needs an axis at least, got an array of shape ()")
        indices = (dense.reshape(dense.shape[0], -1) != 0).any(1).nonzero().reshape(-1)
        return cls(dense[indices], indices, tuple(dense.shape), True)

    @property
    def aux(self) -> tuple[Tensor, ...]:
        """The indices."""
        return (self.indices,)

    def _place(self, *aux: Tensor) -> None:
        (self.indices,) = aux

    def like(self, values: Tensor) -> RowSparse:
        """Other rows at the same indices."""
        shape = (self.shape[0], *values.shape[1:])
        return RowSparse(values, self.indices, shape, self._proper)

    def fault(self, full: bool = True) -> str:
        """What is wrong with the indices; empty where nothing is."""
        count = self.indices.numel()
        if self.indices.dim() != 1 or tuple(self.values.shape) != (count, *self.shape[1:]):
            return f"{count} indices and values of shape {tuple(self.values.shape)} do not fit"
        if count > self.shape[0]:
            return f"{count} indices of {self.shape[0]} rows"
        if not full or self._proper:
            return ""
        outside = self._outside()
        return outside or ("" if _ascending(self.indices) else "its indices are not in ascending order")

    def _outside(self) -> str:
        rows = self.indices
        if rows.numel() and (int(rows.min()) < 0 or int(rows.max()) >= self.shape[0]):
            return f"its indices reach from {int(rows.min())} to {int(rows.max())}; it has {self.shape[0]} rows"
        return ""

    def proper(self) -> RowSparse:
        """The same array with indices in order; of rows with one index the last counts.

        Raises
        ------
        MXNetError
            an index is outside of the array
        """
        if self._proper:
            return self
        self._within()
        if _ascending(self.indices):
            self._proper = True
            return self
        indices, order = torch.sort(self.indices, stable=True)
        last = torch.ones_like(indices, dtype=torch.bool)
        last[:-1] = indices[1:] != indices[:-1]
        return RowSparse(self.values[order[last]], indices[last], self.shape, True)

    def dense(self) -> Tensor:
        """All rows."""
        rows = self.proper()
        whole = torch.zeros(self.shape, dtype=self.dtype, device=self.device)
        whole[rows.indices] = rows.values
        return whole

    def coo(self) -> Tensor:
        """The same as a sparse tensor of torch's: what a gradient arrives as."""
        return torch.sparse_coo_tensor(self.indices.reshape(1, -1), self.values, self.shape, check_invariants=False)

    def rows(self, wanted: Tensor) -> Tensor:
        """The rows of some indices, with zeros for those that are not stored.

        Parameters
        ----------
        wanted : Tensor
            (n,): int64, within the array

        Returns
        -------
        Tensor
            (n, …)
        """
        stored = self.proper()
        count = stored.indices.numel()
        if not count:
            return torch.zeros((wanted.numel(), *self.shape[1:]), dtype=self.dtype, device=self.device)
        places = torch.searchsorted(stored.indices, wanted).clamp_(max=count - 1)
        found = stored.values[places]
        missing = stored.indices[places] != wanted
        if bool(missing.any()):
            found[missing] = 0
        return found


class Csr(Stored):
    """A matrix by its rows: of each row the elements that are stored, and their columns.

    Parameters
    ----------
    values : Tensor
        (n,): the elements, row by row
    indices : Tensor
        (n,): the columns they are in, as int64
    indptr : Tensor
        (rows + 1,): where in them each row begins, and the last ends
    shape : tuple of int
        of the matrix
    proper : bool
        whether columns are known to be within it, in order in each row and each there once

    Examples
    --------
    >>> import torch
    >>> from mxnet.ops.storage import Csr
    >>> Csr(torch.tensor([1.0, 2.0]), torch.tensor([1, 0]), torch.tensor([0, 1, 2]), (2, 2)).dense().tolist()
    [[0.0, 1.0], [2.0, 0.0]]
    """

    __slots__ = ("indices", "indptr")
    stype = "csr"

    def __init__(
        self, values: Tensor, indices: Tensor, indptr: Tensor, shape: tuple[int, ...], proper: bool = False
    ) -> None:
        self.values, self.indices, self.indptr = values, indices, indptr
        self.shape, self._proper = tuple(shape), proper

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str = "cpu") -> Csr:
        """No element."""
        none = torch.empty(0, dtype=torch.int64, device=device)
        indptr = torch.zeros(shape[0] + 1, dtype=torch.int64, device=device)
        return cls(torch.empty(0, dtype=dtype, device=device), none, indptr, shape, True)

    @classmethod
    def of(cls, dense: Tensor) -> Csr:
        """The elements of a matrix that are not zero.

        Raises
        ------
        MXNetError
            it is no matrix
        """
        if dense.dim() != 2:
            raise MXNetError(f"a csr array has two axes, got an array of shape {tuple(dense.shape)}")
        rows, columns = (dense != 0).nonzero(as_tuple=True)
        return cls.placed(dense[rows, columns], rows, columns, tuple(dense.shape))

    @classmethod
    def placed(cls, values: Tensor, rows: Tensor, columns: Tensor, shape: tuple[int, ...]) -> Csr:
        """Elements that are in order, each with its row and column."""
        indptr = torch.zeros(shape[0] + 1, dtype=torch.int64, device=values.device)
        torch.cumsum(torch.bincount(rows, minlength=shape[0]), 0, out=indptr[1:])
        return cls(values, columns, indptr, shape, True)

    @classmethod
    def summed(cls, values: Tensor, keys: Tensor, shape: tuple[int, ...], zeros: bool = False) -> Csr:
        """Elements in any order by their places in the flattened matrix, those of one place added up.

        Parameters
        ----------
        values, keys : Tensor
            the elements, and row * columns + column of each
        shape : tuple of int
            of the matrix
        zeros : bool
            keep sums that are zero
        """
        keys, where = torch.unique(keys, return_inverse=True)
        total = torch.zeros(keys.numel(), dtype=values.dtype, device=values.device).index_add_(0, where, values)
        if not zeros:
            kept = total != 0
            keys, total = keys[kept], total[kept]
        width = max(shape[1], 1)
        return cls.placed(total, torch.div(keys, width, rounding_mode="floor"), keys % width, shape)

    @property
    def aux(self) -> tuple[Tensor, ...]:
        """Where rows begin, and the columns."""
        return self.indptr, self.indices

    def _place(self, *aux: Tensor) -> None:
        self.indptr, self.indices = aux

    def like(self, values: Tensor) -> Csr:
        """Other elements at the same places."""
        return Csr(values, self.indices, self.indptr, self.shape, self._proper)

    @property
    def row_of_each(self) -> Tensor:
        """(n,): the row of each element."""
        counts = self.indptr[1:] - self.indptr[:-1]
        return torch.repeat_interleave(torch.arange(self.shape[0], device=self.device), counts)

    @property
    def keys(self) -> Tensor:
        """(n,): the place of each element in the flattened matrix."""
        if self.shape[0] * self.shape[1] >= 2**63:
            raise MXNetError(f"a csr array of shape {self.shape} has too many places to be numbered")
        return self.row_of_each * self.shape[1] + self.indices

    def fault(self, full: bool = True) -> str:
        """What is wrong with the places; empty where nothing is."""
        if len(self.shape) != 2:
            return "it has not two axes"
        count, indptr = self.values.numel(), self.indptr
        if indptr.dim() != 1 or indptr.numel() != self.shape[0] + 1:
            return f"{indptr.numel()} beginnings of rows; expected {self.shape[0] + 1} for {self.shape[0]} rows"
        if self.values.dim() != 1 or tuple(self.indices.shape) != (count,):
            return f"{count} values and {self.indices.numel()} columns"
        if not full or self._proper:
            return ""
        outside = self._outside()
        if outside:
            return outside
        steps = self.indices[1:] > self.indices[:-1]
        inner = self.indptr[1:-1]
        steps[inner[(inner > 0) & (inner < count)] - 1] = True  # from one row to the next
        return "" if bool(steps.all()) else "its columns are not in ascending order in each row"

    def _outside(self) -> str:
        indptr, count = self.indptr, self.values.numel()
        if int(indptr[0]) != 0 or int(indptr[-1]) != count or bool((indptr[1:] < indptr[:-1]).any()):
            return f"its rows begin at {_few(indptr)}; expected beginnings from 0 to {count} that do not go back"
        columns = self.indices
        if count and (int(columns.min()) < 0 or int(columns.max()) >= self.shape[1]):
            return f"its columns reach from {int(columns.min())} to {int(columns.max())}; it has {self.shape[1]}"
        return ""

    def checked(self) -> Csr:
        """Itself, in which every place is within the matrix."""
        if not self._proper:
            self._within()
        return self

    def proper(self) -> Csr:
        """The same matrix with columns in order; elements of one place are added up.

        Raises
        ------
        MXNetError
            a row or a column is outside of the matrix
        """
        if self._proper:
            return self
        self._within()
        if not self.fault():
            self._proper = True
            return self
        return Csr.summed(self.values, self.keys, self.shape, zeros=True)

    def dense(self) -> Tensor:
        """All elements; of several at one place the last counts, as in MXNet."""
        self.checked()
        whole = torch.zeros(self.shape, dtype=self.dtype, device=self.device)
        keys = self.keys
        if not self._proper and self.fault():
            keys, order = torch.sort(keys, stable=True)
            last = torch.ones_like(keys, dtype=torch.bool)
            last[:-1] = keys[1:] != keys[:-1]
            whole.reshape(-1)[keys[last]] = self.values[order[last]]
        else:
            whole.reshape(-1)[keys] = self.values
        return whole

    def sliced(self, start: int, stop: int) -> Csr:
        """Some rows, as a copy."""
        self.checked()
        first, last = int(self.indptr[start]), int(self.indptr[stop])
        shape = (stop - start, self.shape[1])
        indptr = self.indptr[start : stop + 1] - first
        return Csr(self.values[first:last].clone(), self.indices[first:last].clone(), indptr, shape, self._proper)

    def taken(self, rows: Tensor) -> Csr:
        """Rows in any order, each as often as it is named, their columns in the order in which they are."""
        self.checked()
        lengths = self.indptr[rows + 1] - self.indptr[rows]
        indptr = torch.zeros(rows.numel() + 1, dtype=torch.int64, device=self.device)
        torch.cumsum(lengths, 0, out=indptr[1:])
        moves = torch.repeat_interleave(self.indptr[rows] - indptr[:-1], lengths)
        places = torch.arange(moves.numel(), device=self.device) + moves
        shape = (rows.numel(), self.shape[1])
        return Csr(self.values[places], self.indices[places], indptr, shape, self._proper)


def _few(numbers: Tensor) -> str:
    shown = ", ".join(str(number) for number in numbers[:6].tolist())
    return f"[{shown}{', …' if numbers.numel() > 6 else ''}]"


_KINDS: dict[str, type[RowSparse] | type[Csr]] = {"row_sparse": RowSparse, "csr": Csr}


def cast(value: Tensor | Stored, stype: str) -> Tensor | Stored:
    """An array in another storage type.

    Raises
    ------
    MXNetError
        it cannot have that, or one kind of sparse is wanted of the other
    """
    if isinstance(value, Stored):
        if value.stype == stype:
            return value
        if stype == "default":
            return value.dense()
        raise MXNetError(f"cast_storage: from {value.stype} to {stype} there is no way but by 'default'")
    return value if stype == "default" else _KINDS[stype].of(value)


def want_rows(variable: Tensor) -> None:
    """Say of a variable that its gradient is wanted by rows, for operators that can give it so."""
    variable.by_rows = True  # type: ignore[attr-defined]


def wants_rows(operand: Tensor | Stored) -> bool:
    """Whether a gradient of an operand is wanted by rows: that of an array of rows, or of one of which it was said."""
    return isinstance(operand, RowSparse) or getattr(operand, "by_rows", False)


def of_gradient(gradient: Tensor, stype: str) -> Tensor | Stored:
    """A gradient of torch's, dense or sparse, in a storage type."""
    if gradient.is_sparse:
        if stype == "row_sparse" and gradient.sparse_dim() == 1:
            gradient = gradient.coalesce()
            shape: tuple[int, ...] = tuple(gradient.shape)
            return RowSparse(gradient.values(), gradient.indices()[0], shape, True)
        if stype == "csr" and gradient.sparse_dim() == 2:
            gradient = gradient.coalesce()
            rows, columns = gradient.indices()
            return Csr.placed(gradient.values(), rows, columns, tuple(gradient.shape))
        gradient = gradient.to_dense()
    return cast(gradient, stype)
