"""What a file holds: `remxnet inspect`.

Nothing in a file is executed, and of arrays only the headers are read. `found` is what is told of any file, `graphs`
reads ``-symbol.json`` and ``.onnx``, `arrays` ``.params`` and ``.safetensors``, `records` ``.rec`` and ``.idx``, and
`states` ``.states``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mxnet.base import MXNetError, brief

from ...errors import InputError
from .arrays import params, safetensors
from .found import Found
from .graphs import onnx_model, symbol_file
from .records import index, records
from .states import states

__all__ = ["ENDINGS", "Found", "inspect"]

#: what looks at a file, by its ending
ENDINGS: dict[str, Callable[..., Found]] = {
    ".json": symbol_file,
    ".onnx": onnx_model,
    ".params": params,
    ".safetensors": safetensors,
    ".rec": records,
    ".idx": index,
    ".states": states,
}


def inspect(file: str | Path, shapes: Mapping[str, Sequence[int]] | None = None) -> Found:
    """Say what a file holds.

    Parameters
    ----------
    file : path
        its ending says what it is
    shapes : dict of str to tuple of int, optional
        of a graph's inputs, by name; one under "" is that of the only input

    Raises
    ------
    InputError
        no such file is known, or it is damaged
    OSError
        it cannot be read
    """
    path = Path(file)
    reader = next((each for ending, each in ENDINGS.items() if path.name.endswith(ending)), None)
    if reader is None:
        raise InputError(f"{path}: expected a file that ends in one of {', '.join(ENDINGS)}")
    try:
        return reader(path, shapes or {})
    except MXNetError as error:
        raise InputError(f"{path}: {brief(error)}") from error
