"""Small things Gluon's users call: splitting a batch over devices, clipping gradients, downloading a file."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import itertools
import math
import os
import ssl
import urllib.error
import urllib.request
import weakref
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .. import memory
from .._tracebacks import warn
from ..base import MXNetError
from ..context import Context, as_contexts
from ..ndarray import NDArray
from ..serialization.files import replacing
from ..util import is_np_array, is_np_shape

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["check_sha1", "clip_global_norm", "download", "replace_file", "split_and_load", "split_data"]

DEFAULT_REPOSITORY = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
SECONDS_WITHOUT_AN_ANSWER = 30
CHUNK = 1 << 18


# --- batches ------------------------------------------------------------------------------------------------------


def split_data(data: Any, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Split a batch along an axis, one slice for each device.

    Parameters
    ----------
    data : NDArray
        The batch.
    num_slice : int
        How many slices to make.
    batch_axis : int
        The axis to split.
    even_split : bool
        Whether slices must be of one size. If not, the first ones are longer by one where it does not come out even.

    Returns
    -------
    list of NDArray

    Raises
    ------
    ValueError
        The batch cannot be split evenly.

    Examples
    --------
    >>> import mxnet as mx
    >>> [part.shape for part in mx.gluon.utils.split_data(mx.nd.ones((5, 2)), 2, even_split=False)]
    [(3, 2), (2, 2)]
    """
    step, longer = divmod(data.shape[batch_axis], num_slice)
    if longer and even_split:
        raise ValueError(
            f"split_data: data of shape {data.shape} cannot be split evenly into {num_slice} slices along axis "
            f"{batch_axis}; use a batch size that is a multiple of {num_slice}, or even_split=False"
        )
    if num_slice == 1:
        return [data]
    ends = [step * i + min(i, longer) for i in range(num_slice + 1)]
    before = (slice(None),) * (batch_axis % len(data.shape))
    return [data[(*before, slice(begin, end))] for begin, end in itertools.pairwise(ends)]


def split_and_load(data: Any, ctx_list: Sequence[Context], batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Split a batch along an axis and put each slice on its device.

    Parameters
    ----------
    data : NDArray, numpy.ndarray or nested list
        The batch.
    ctx_list : list of Context
        The devices.
    batch_axis : int
        The axis to split.
    even_split : bool
        Whether slices must be of one size.

    Returns
    -------
    list of NDArray

    Raises
    ------
    ValueError
        The batch cannot be split evenly.
    MXNetError
        There are fewer samples than contexts, without NumPy's semantics of shapes.

    Examples
    --------
    >>> import mxnet as mx
    >>> parts = mx.gluon.utils.split_and_load(mx.nd.ones((4, 2)), [mx.cpu(0), mx.cpu(1)])
    >>> [(part.shape, part.context) for part in parts]
    [((2, 2), cpu(0)), ((2, 2), cpu(1))]
    """
    contexts = as_contexts(ctx_list)
    batch = data if isinstance(data, NDArray) else _array(data, contexts[0])
    parts = [batch] if len(contexts) == 1 else split_data(batch, len(contexts), batch_axis, even_split)
    if len(contexts) > 1 and batch.shape[batch_axis] < len(contexts) and not is_np_shape():
        raise MXNetError(
            f"split_and_load: data of shape {batch.shape} for {len(contexts)} contexts along axis {batch_axis}; "
            "expected a sample for each: a mean over none is no number"
        )
    return [part.as_in_context(ctx) for ctx, part in zip(contexts, parts, strict=True)]


def _array(data: Any, ctx: Context) -> Any:
    """Make the kind of array that is in force."""
    if is_np_array():
        from .. import numpy as mxnet_numpy

        return mxnet_numpy.array(data, ctx=ctx)
    from .. import ndarray

    return ndarray.array(data, ctx=ctx)


def clip_global_norm(arrays: list[Any], max_norm: float, check_isfinite: bool = True) -> Any:
    """Scale arrays in place so that the 2-norm of them all together is at most `max_norm`.

    Parameters
    ----------
    arrays : list of NDArray
        Usually gradients; they may lie on several devices.
    max_norm : float
        The bound.
    check_isfinite : bool
        Whether to warn when the norm is not finite, which makes the arrays useless. The check waits for the result.

    Returns
    -------
    float, or NDArray of shape (1,) where `check_isfinite` is False
        The norm before scaling.

    Raises
    ------
    AssertionError
        There are no arrays.

    Examples
    --------
    >>> import mxnet as mx
    >>> gradients = [mx.nd.ones((2, 2)) * 3, mx.nd.ones(3) * 4]
    >>> float(mx.gluon.utils.clip_global_norm(gradients, 1.0))
    9.165151596069336
    """
    if len(arrays) == 0:
        raise AssertionError("clip_global_norm: expected at least one array")
    with torch.no_grad():
        home = arrays[0]._t.device
        norms = torch.stack([torch.linalg.vector_norm(a._t).to(home) for a in arrays])
        total = torch.linalg.vector_norm(norms)
        if check_isfinite and not math.isfinite(total):
            warn(f"clip_global_norm: the norm is {total.item()}; the arrays become useless")
        # torch.clamp keeps NaN, as MXNet's minimum of the ratio and one does
        scale = torch.clamp(max_norm / (total + 1e-8), max=1.0)
        with memory.writing(*(a._t for a in arrays)) as tensors:
            for tensor in tensors:
                tensor.mul_(scale.to(tensor.device, tensor.dtype))
    if check_isfinite:
        return np.float32(total.item())
    from ..ndarray.ndarray import wrap

    return wrap(total.reshape(1), arrays[0].context)


# --- files --------------------------------------------------------------------------------------------------------


def check_sha1(filename: str, sha1_hash: str) -> bool:
    """Tell whether the SHA-1 sum of a file is the one given, in hexadecimal."""
    digest = hashlib.sha1()
    with open(filename, "rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == sha1_hash


def replace_file(src: str, dst: str) -> None:
    """Rename a file, in one step, to a name that may be taken.

    Raises
    ------
    OSError
        It cannot be done; `src` is removed then.
    """
    try:
        os.replace(src, dst)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.remove(src)
        raise OSError(f"replace_file: cannot rename {src!r} to {dst!r}: {error.strerror or error}") from error


def download(
    url: str,
    path: str | None = None,
    overwrite: bool = False,
    sha1_hash: str | None = None,
    retries: int = 5,
    verify_ssl: bool = True,
) -> str:
    """Download a file, with a progress bar where the standard error is a terminal and `rich` is installed.

    The file appears under its name only when it is whole and its sum is right.

    Parameters
    ----------
    url : str
        Where it is.
    path : str, optional
        The file or folder to write; the current folder by default.
    overwrite : bool
        Whether to download again what is there.
    sha1_hash : str, optional
        The sum it must have, in hexadecimal. A file that is there and has another is downloaded again.
    retries : int
        How often to try again.
    verify_ssl : bool
        Whether to check the server's certificate.

    Returns
    -------
    str
        The file's path.

    Raises
    ------
    MXNetError
        The file cannot be had, is cut short, or has another sum.
    AssertionError
        `retries` is negative, or the URL has no file name and no `path` is given.
    """
    if retries < 0:
        raise AssertionError(f"download: retries must be at least 0, got {retries}")
    target = _download_target(url, path)
    if not overwrite and os.path.exists(target) and (not sha1_hash or check_sha1(target, sha1_hash)):
        return target
    if not verify_ssl:
        warn("download: verify_ssl=False, so the server may be anybody")
    folder = os.path.dirname(os.path.abspath(target))
    os.makedirs(folder, exist_ok=True)
    for left in range(retries, -1, -1):
        print(f"Downloading {target} from {url}...", flush=True)
        try:
            _fetch(url, target, sha1_hash, verify_ssl)
            return target
        except (OSError, ValueError, EOFError) as error:
            hopeless = isinstance(error, ValueError) or (
                isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500
            )
            if hopeless or left == 0:
                raise MXNetError(f"download: failed downloading {url}: {error}") from error
            print(f"download failed due to {error!r}, retrying, {left} attempt{'s' * (left > 1)} left", flush=True)
    raise AssertionError("unreachable")


def _download_target(url: str, path: str | None) -> str:
    name = url.split("/")[-1]
    path = os.path.expanduser(path) if path is not None else None
    if path is not None and not os.path.isdir(path):
        return path
    if not name:
        raise AssertionError(f"download: {url!r} has no file name; give one with the argument path")
    return name if path is None else os.path.join(path, name)


def _fetch(url: str, target: str, sha1_hash: str | None, verify_ssl: bool) -> None:
    context = None if verify_ssl else ssl._create_unverified_context()
    digest, received = hashlib.sha1(), 0
    with urllib.request.urlopen(url, timeout=SECONDS_WITHOUT_AN_ANSWER, context=context) as response:
        length = response.headers.get("Content-Length")
        total = int(length) if length and length.isdigit() else None
        with replacing(target) as out, _with_progress(response, total, os.path.basename(target)) as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                received += len(chunk)
                out.write(chunk)
            if total is not None and received != total:
                raise EOFError(f"the connection ended after {received} of {total} bytes")
            if sha1_hash and digest.hexdigest() != sha1_hash:
                raise MXNetError(
                    f"download: {url} has SHA-1 sum {digest.hexdigest()}, expected {sha1_hash}; "
                    "the server may hold another version of the file"
                )


@contextlib.contextmanager
def _with_progress(stream: Any, total: int | None, name: str) -> Iterator[Any]:
    """Give a stream that draws a bar on the terminal as it is read."""
    try:
        from rich.console import Console
        from rich.progress import wrap_file
    except ImportError:
        yield stream
        return
    console = Console(stderr=True)
    if total is None or not console.is_terminal:
        yield stream
        return
    with wrap_file(stream, total, description=name, console=console) as wrapped:
        yield wrapped


def _get_repo_url() -> str:
    """Give the address of MXNet's repository of models and data sets, or what MXNET_GLUON_REPO puts in its place."""
    address = os.environ.get("MXNET_GLUON_REPO", DEFAULT_REPOSITORY)
    return address if address.endswith("/") else address + "/"


def _get_repo_file_url(namespace: str, filename: str) -> str:
    return f"{_get_repo_url()}{namespace}/{filename}"


# --- for blocks ---------------------------------------------------------------------------------------------------


class HookHandle:
    """What registering a hook gives: the way to take it off again, by `detach` or at the end of a `with` block."""

    def __init__(self) -> None:
        self._hooks: Any = None
        self._id: int | None = None

    def attach(self, hooks_dict: collections.OrderedDict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        """Put a hook into a block's dictionary of hooks."""
        if self._hooks is not None:
            raise AssertionError("HookHandle: this handle holds a hook already")
        self._hooks, self._id = weakref.ref(hooks_dict), id(hook)
        hooks_dict[self._id] = hook

    def detach(self) -> None:
        """Take the hook off; doing it twice is harmless."""
        hooks = self._hooks() if self._hooks is not None else None
        if hooks is not None:
            hooks.pop(self._id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.detach()

    def __getstate__(self) -> tuple[Any, int | None]:
        return (self._hooks() if self._hooks is not None else None), self._id

    def __setstate__(self, state: tuple[Any, int | None]) -> None:
        hooks, self._id = state
        self._hooks = weakref.ref(hooks if hooks is not None else collections.OrderedDict())


def shape_is_known(shape: Sequence[int] | None) -> bool:
    """Tell whether a shape has no unknown dimension: -1 under NumPy's shape semantics, 0 otherwise."""
    if shape is None:
        return False
    if len(shape) == 0:
        return is_np_shape()
    unknown = -1 if is_np_shape() else 0
    for size in shape:
        if size == unknown:
            return False
        if size < unknown:
            raise AssertionError(f"shape_is_known: a dimension cannot be {size}, in {tuple(shape)}")
    return True


def _indent(s_: str, numSpaces: int) -> str:
    """Indent all lines of a text but the first."""
    first, *rest = s_.split("\n")
    return "\n".join([first, *(" " * numSpaces + line for line in rest)])


def _brief_print_list(lst: Sequence[Any], limit: int = 7) -> str:
    """Quote items for an error message, leaving out the middle of a long list."""
    if len(lst) > limit:
        first = limit // 2
        return f"{_brief_print_list(lst[:first])}, ..., {_brief_print_list(lst[first - limit :])}"
    return ", ".join(f"'{item}'" for item in lst)
