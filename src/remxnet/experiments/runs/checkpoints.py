"""Checkpoint files: nested dicts of numbers, texts and arrays, with a checksum; and the state of everything random.

    24 bytes   "remxnet checkpoint", the format and the length of what follows
    32 bytes   BLAKE2b of what follows
    the rest   a NumPy archive: the arrays, and a JSON text that says where in the tree each belongs

What is in a checkpoint of a run is the business of `remxnet.experiments.training.progress`.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

import mxnet as mx
from mxnet import streams
from mxnet.base import brief

from ...errors import InputError
from .durable import durably

__all__ = ["get_random_state", "read_checkpoint", "set_random_state", "write_checkpoint"]

MAGIC, FORMAT = b"remxnet ckpt", 1
HEADER = struct.Struct("<12sIQ32s")
WORDS = 624  # of a Mersenne twister
TREE, ARRAY, BYTES = "tree", "\0array", "\0bytes"


def write_checkpoint(path: Path, tree: dict[str, Any]) -> None:
    """Write nested dicts and lists of arrays, bytes and what JSON knows; the file is replaced in one step.

    Raises
    ------
    OSError
        It cannot be written; what stood there before is untouched.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_without_arrays(tree, arrays))
    arrays[TREE] = np.frombuffer(text.encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with buffer.getbuffer() as body, durably(path) as stream:
        stream.write(HEADER.pack(MAGIC, FORMAT, len(body), _digest(body)))
        stream.write(body)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read what :func:`write_checkpoint` wrote.

    Raises
    ------
    InputError
        The file is damaged, or no checkpoint, or of another version of the format.
    """
    content = path.read_bytes()
    if len(content) < HEADER.size or not content.startswith(MAGIC):
        raise InputError(f"{path} is damaged: it does not begin as a checkpoint does")
    _, version, length, digest = HEADER.unpack_from(content)
    body = memoryview(content)[HEADER.size :]
    if version != FORMAT:
        raise InputError(f"{path} is of format {version}, which this version of remxnet cannot read; it reads {FORMAT}")
    if len(body) != length:
        raise InputError(f"{path} is damaged: it has {len(body)} bytes where {length} were written")
    if _digest(body) != digest:
        raise InputError(f"{path} is damaged: its checksum is wrong")
    try:
        arrays = _arrays(body)
        tree = _with_arrays(json.loads(arrays[TREE].tobytes()), arrays)
    except Exception as error:  # zipfile and NumPy's reader of headers raise whatever comes of what is there
        raise InputError(f"{path} is damaged: {brief(error)}") from error
    if not isinstance(tree, dict):
        raise InputError(f"{path} is damaged: it holds a {type(tree).__name__}")
    return tree


def _arrays(body: memoryview) -> dict[str, np.ndarray]:
    """The arrays in a NumPy archive, each once, together no larger than the archive."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("it is compressed, which checkpoints are not")  # and may be larger than the memory
        if sum(member.file_size for member in members) > len(body):
            raise ValueError("what it holds is larger than it is")  # members may lie over each other
        return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}


def _array(content: bytes) -> np.ndarray:
    """The array in a .npy file, which must be as long as its header says."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"an array is of version {version}; expected (1, 0)")
    shape, in_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    start, count = stream.tell(), math.prod(shape)
    if dtype.hasobject or not dtype.itemsize or len(content) - start != count * dtype.itemsize:
        raise ValueError(f"an array of shape {shape} and dtype {dtype} has {len(content) - start} bytes")
    order: Any = "F" if in_columns else "C"
    return np.frombuffer(content, dtype, count, start).reshape(shape, order=order).copy(order)


def _digest(body: Any) -> bytes:
    return hashlib.blake2b(body, digest_size=32).digest()


def _without_arrays(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The tree with references in place of the arrays, which go into `arrays`."""
    if isinstance(value, dict):
        return {name: _without_arrays(each, arrays) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(each, arrays) for each in value]
    if isinstance(value, (np.ndarray, bytes)):
        name = f"a{len(arrays)}"
        arrays[name] = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else value
        return {BYTES if isinstance(value, bytes) else ARRAY: name}
    return value.item() if isinstance(value, np.generic) else value


def _with_arrays(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_with_arrays(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        return arrays[value[ARRAY]]
    if BYTES in value:
        return arrays.pop(value[BYTES]).tobytes()  # bytes stand in one place
    return {name: _with_arrays(each, arrays) for name, each in value.items()}


# --- random numbers --------------------------------------------------------------------------------------------------


def get_random_state(context: mx.Context) -> dict[str, Any]:
    """The state of all that random numbers can come from: MXNet's streams of the host and of a context, NumPy's and
    Python's global generators, torch's.
    """
    version, words, gauss = random.getstate()
    return {
        "host": streams.for_context(mx.cpu()).get_state(),
        "device": streams.for_context(context).get_state() if context.device_type != "cpu" else None,
        "numpy": np.random.get_state(legacy=False),
        "python": [version, np.array(words, np.uint32), gauss],
        "torch": torch.get_rng_state().numpy(),
    }


def set_random_state(state: dict[str, Any], context: mx.Context) -> None:
    """Go on from where :func:`get_random_state` was called.

    Raises
    ------
    MXNetError, KeyError, OverflowError, TypeError, ValueError, RuntimeError
        It is no such state.
    """
    version, words, gauss = state["python"]
    key, position = state["numpy"]["state"]["key"], state["numpy"]["state"]["pos"]
    if np.shape(key) != (WORDS,) or key.dtype != np.uint32 or not 0 <= position <= WORDS:
        raise ValueError(f"NumPy's generator is at word {position} of {np.shape(key)}")  # which NumPy does not look at
    streams.for_context(mx.cpu()).set_state(state["host"])
    if state["device"] is not None:
        streams.for_context(context).set_state(state["device"])
    np.random.set_state(state["numpy"])
    random.setstate((version, tuple(words.tolist()), gauss))
    torch.set_rng_state(torch.from_numpy(state["torch"]))
