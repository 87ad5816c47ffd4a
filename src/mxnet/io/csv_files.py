"""Batches of the rows of CSV files."""

from __future__ import annotations

import os
from typing import Any, Literal

import numpy as np

from ..base import MXNetError
from ..ops.attributes import Shape
from .reading import ArrayReader, MXDataIter, Rounds, iterator
from .settings import declared, parsed

__all__ = ["CSVIter"]

#: MXNet's reader parses these; with others it raises
_DTYPES = {"None": np.float32, "float32": np.float32, "int32": np.int32, "int64": np.int64}


def _rows(path: str, shape: tuple[int, ...], dtype: type, what: str) -> np.ndarray:
    """The rows of a file, or of all files in a folder, each with a shape."""
    files = [path]
    if os.path.isdir(path):
        files = sorted(each.path for each in os.scandir(path) if each.is_file())
    length, parts = int(np.prod(shape)), []
    for each in files:
        try:
            with open(each, "rb") as stream:
                lines = [line for line in stream.read().splitlines() if line.strip()]
        except OSError as error:
            raise MXNetError(f"CSVIter: cannot read {each!r}: {error.strerror or error}") from error
        for number, line in enumerate(lines, 1):
            if line.count(b",") + 1 != length:
                raise MXNetError(
                    f"CSVIter: row {number} of {each!r} has {line.count(b',') + 1} numbers; {what}_shape={shape} "
                    f"asks for {length}"
                )
        try:
            parts.append(np.array([line.split(b",") for line in lines], np.float64 if dtype == np.float32 else "S32"))
        except ValueError as error:
            raise MXNetError(f"CSVIter: {each!r} holds something that is no number: {error}") from error
    if not sum(map(len, parts)):
        raise MXNetError(f"CSVIter: {path!r} has no rows")
    joined = np.concatenate(parts)
    if joined.dtype.kind == "S":  # whole numbers: what stands before the point
        try:
            joined = np.array([[int(float(text)) for text in row] for row in joined], dtype)
        except (ValueError, OverflowError) as error:
            raise MXNetError(f"CSVIter: {path!r} holds something that is no {np.dtype(dtype).name}: {error}") from error
    return joined.astype(dtype).reshape(-1, *shape)


@declared("CSVIter")
def _declared(
    *,
    data_csv: str,
    data_shape: Shape,
    label_csv: str = "NULL",
    label_shape: Shape = (1,),
    batch_size: int,
    round_batch: bool = True,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: str = "None",
) -> None:
    """The parameters of CSVIter."""


def CSVIter(*args: Any, **kwargs: Any) -> MXDataIter:
    r"""Batches of the rows of CSV files; parameters are given by name.

    Parameters
    ----------
    data_csv : str
        a file, or a folder of files
    data_shape : tuple of int
        of one sample, which is one row
    label_csv : str
        a file of labels, a row for each sample; without one all labels are 0
    label_shape : tuple of int
        of one label
    batch_size : int
        samples in a batch
    round_batch : bool
        fill a last batch that is not full from the beginning, where the next pass goes on; else with zeros. Either
        way its `pad` says how much was filled
    dtype : str
        'float32', 'int32' or 'int64'
    data_name, label_name : str
        what the arrays are called
    prefetch_buffer, ctx
        have no meaning here: the file is read once, into memory

    Raises
    ------
    MXNetError
        a parameter is missing or does not fit, a file cannot be read, or a row has another length

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), 'a.csv')
    >>> with open(path, 'w') as stream:
    ...     _ = stream.write('1,2\n3,4\n')
    >>> next(mx.io.CSVIter(data_csv=path, data_shape=(2,), batch_size=2)).data[0].asnumpy().tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    chosen = parsed(_declared, args, kwargs)
    dtype = _DTYPES.get(str(kwargs.get("dtype") or "None"))
    if dtype is None:
        raise MXNetError(f"CSVIter: dtype={kwargs['dtype']!r}; expected one of {', '.join(list(_DTYPES)[1:])}")
    data = _rows(chosen["data_csv"], chosen["data_shape"], dtype, "data")
    shape = chosen["label_shape"]
    if chosen["label_csv"] == "NULL":
        label = np.zeros((len(data), *shape), dtype)
    else:
        label = _rows(chosen["label_csv"], shape, dtype, "label")
        if len(label) < len(data):
            raise MXNetError(
                f"CSVIter: {chosen['label_csv']!r} has {len(label)} rows; {chosen['data_csv']!r} {len(data)}"
            )
    if shape == (1,):
        label = label.reshape(-1)
    size = chosen["batch_size"]
    rounds = Rounds("CSVIter", list(range(len(data))), size, "round" if chosen["round_batch"] else "short")
    return iterator(ArrayReader("CSVIter", data, label, rounds, size), kwargs)
