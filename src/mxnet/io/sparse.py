"""Iterators over files of sparse samples: what there is to say until arrays can be sparse."""

from __future__ import annotations

from typing import Any, NoReturn

from ..base import MXNetError

__all__ = ["LibSVMIter"]


def LibSVMIter(*args: Any, **kwargs: Any) -> NoReturn:
    """Batches of a file in LibSVM's format, which are sparse arrays; those are not supported yet.

    Raises
    ------
    MXNetError
        always
    """
    raise MXNetError(
        f"LibSVMIter: of {kwargs.get('data_libsvm', args)!r} it would give sparse arrays, which are not supported yet; "
        "sklearn.datasets.load_svmlight_file reads such files, and NDArrayIter takes their dense arrays"
    )
