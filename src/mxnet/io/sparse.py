"""Batches of sparse samples: the rows of files in LibSVM's format."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ..base import MXNetError, brief
from ..context import cpu
from ..ndarray import NDArray, array
from ..ndarray.sparse import CSRNDArray, csr_matrix
from ..ops.attributes import Shape
from .reading import MXDataIter, Read, Rounds, filled, iterator
from .settings import declared, parsed

__all__ = ["LibSVMIter"]


def _lines(path: str, parts: int, part: int) -> list[bytes]:
    """The lines of a part of a file: those that begin after its first byte, up to the first byte of the next part."""
    if not 0 <= part < parts:
        raise MXNetError(f"LibSVMIter: part_index={part} with num_parts={parts}; expected 0 to {parts - 1}")
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise MXNetError(f"LibSVMIter: cannot read {path!r}: {error.strerror or error}") from error
    step = -(-len(content) // parts)
    chosen, at = [], 0
    for line in content.splitlines(keepends=True):
        if (at > part * step or not part) and at <= (part + 1) * step:
            line = line.partition(b"#")[0].strip()
            if line:
                chosen.append(line)
        at += len(line)
    return chosen


def _read(path: str, columns: int, parts: int, part: int) -> tuple[CSRNDArray, np.ndarray]:
    """The samples of a file as the rows of a matrix, and the number that each line begins with."""
    firsts, values, places, beginnings = [], [], [], [0]
    for number, line in enumerate(_lines(path, parts, part), 1):
        first, *features = line.split()
        try:
            firsts.append(float(first))
            for feature in features:
                place, _, value = feature.partition(b":")
                places.append(int(place))
                values.append(float(value))
        except ValueError as error:
            raise MXNetError(
                f"LibSVMIter: line {number} of {path!r} is no label and pairs such as 3:0.5: {brief(error)}"
            ) from None
        beginnings.append(len(values))
    if len(beginnings) == 1:
        raise MXNetError(f"LibSVMIter: {path!r} has no samples")
    if places and not 0 <= min(places) <= max(places) < columns:
        raise MXNetError(
            f"LibSVMIter: {path!r} has indices from {min(places)} to {max(places)}; expected 0 to {columns - 1}"
        )
    matrix = (np.array(values, np.float32), np.array(places, np.int64), np.array(beginnings, np.int64))
    return csr_matrix(matrix, shape=(len(firsts), columns), ctx=cpu()), np.array(firsts, np.float32)


class _RowReader:
    """Batches of the rows of a matrix; the face that :class:`MXDataIter` reads from."""

    name = "LibSVMIter"

    def __init__(self, data: CSRNDArray, label: Any, rounds: Rounds, size: int) -> None:
        self._data, self._label, self._rounds = data, label, rounds
        self.data = (size, *data.shape[1:]), np.float32
        self.label = (size, *label.shape[1:]), np.float32

    def begin(self) -> None:
        """Begin another pass."""
        self._rounds.begin()

    def read(self) -> Read | None:
        """The next batch, None at the end of a pass."""
        chosen = self._rounds.next()
        if chosen is None:
            return None
        order, pad = chosen
        rows = array(order, dtype="int64", ctx=cpu())
        label = self._label.take(rows) if isinstance(self._label, NDArray) else self._label[order]
        numbers = filled(np.array(order, np.uint64), self.data[0][0])
        return Read(self._data.take(rows), label, pad, numbers)


@declared("LibSVMIter")
def _declared(
    *,
    data_libsvm: str,
    data_shape: Shape,
    label_libsvm: str = "NULL",
    label_shape: Shape = (1,),
    num_parts: int = 1,
    part_index: int = 0,
    batch_size: int,
    round_batch: bool = True,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: str = "None",
) -> None:
    """The parameters of LibSVMIter."""


def LibSVMIter(*args: Any, **kwargs: Any) -> MXDataIter:
    r"""Batches of files in LibSVM's format, as csr matrices; parameters are given by name.

    A line is a label and pairs of a column, from 0, and the element in it; what follows a ``#`` is left out.

    Parameters
    ----------
    data_libsvm : str
        a file
    data_shape : tuple of int
        the number of columns
    label_libsvm : str
        a file whose rows are the labels; without one the labels are those that the lines begin with
    label_shape : tuple of int
        of one label
    num_parts, part_index : int
        take one of so many parts of the file
    batch_size : int
        samples in a batch
    round_batch : bool
        fill a last batch that is not full from the beginning, where the next pass goes on; MXNet has nothing else
    data_name, label_name : str
        what the arrays are called
    prefetch_buffer, ctx, dtype
        have no meaning here: the file is read once, into memory, as float32

    Raises
    ------
    MXNetError
        a parameter is missing or does not fit, or the file cannot be read, holds something else, or other columns

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), 'a.libsvm')
    >>> with open(path, 'w') as stream:
    ...     _ = stream.write('1 0:0.5 2:1.5\n0 1:2\n')
    >>> batch = next(mx.io.LibSVMIter(data_libsvm=path, data_shape=(3,), batch_size=2))
    >>> batch.data[0].asnumpy().tolist(), batch.label[0].asnumpy().tolist()
    ([[0.5, 0.0, 1.5], [0.0, 2.0, 0.0]], [1.0, 0.0])
    """
    chosen = parsed(_declared, args, kwargs)
    if chosen["dtype"] not in ("None", "float32"):
        raise MXNetError(f"LibSVMIter: dtype={chosen['dtype']!r}; expected 'float32'")
    if not chosen["round_batch"]:
        raise MXNetError("LibSVMIter: round_batch=False; batches of sparse samples are filled from the beginning")
    shapes = {name: chosen[name] for name in ("data_shape", "label_shape")}
    for name, shape in shapes.items():
        if len(shape) != 1 or shape[0] < 1:
            raise MXNetError(f"LibSVMIter: {name}={shape}; expected one length")
    parts = chosen["num_parts"], chosen["part_index"]
    data, label = _read(chosen["data_libsvm"], shapes["data_shape"][0], *parts)
    if chosen["label_libsvm"] != "NULL":
        label, _ = _read(chosen["label_libsvm"], shapes["label_shape"][0], *parts)  # type: ignore[assignment]
        if len(label) < len(data):
            raise MXNetError(
                f"LibSVMIter: {chosen['label_libsvm']!r} has {len(label)} rows; {chosen['data_libsvm']!r} {len(data)}"
            )
    elif shapes["label_shape"] != (1,):
        raise MXNetError(f"LibSVMIter: label_shape={shapes['label_shape']} without label_libsvm; expected (1,)")
    size = chosen["batch_size"]
    return iterator(_RowReader(data, label, Rounds("LibSVMIter", list(range(len(data))), size, "round"), size), kwargs)
