"""Kernels compiled from source text while a program runs, which MXNet could and this package cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from .base import MXNetError

__all__ = ["CudaKernel", "CudaModule"]

_REFUSED = (
    "kernels cannot be compiled from source text here; torch.utils.cpp_extension.load_inline compiles them for "
    "tensors, and mx.operator.CustomOp makes an operator of one (array.as_torch() gives the tensor)"
)


class CudaModule:
    """CUDA source to compile.

    Parameters
    ----------
    source : str
        the program
    options : str or sequence of str
        the compiler's options
    exports : str or sequence of str
        the kernels' names

    Raises
    ------
    MXNetError
        always
    """

    def __init__(self, source: str, options: str | Sequence[str] = (), exports: str | Sequence[str] = ()) -> None:
        raise MXNetError(f"rtc.CudaModule: {_REFUSED}")

    def get_kernel(self, name: str, signature: str) -> NoReturn:
        """A kernel by name.

        Raises
        ------
        MXNetError
            always
        """
        raise MXNetError(f"rtc.CudaModule.get_kernel: {_REFUSED}")


class CudaKernel:
    """A compiled kernel.

    Parameters
    ----------
    handle, name, is_ndarray, dtypes
        what MXNet's library knows it by

    Raises
    ------
    MXNetError
        always
    """

    def __init__(self, handle: Any, name: str, is_ndarray: Sequence[bool], dtypes: Sequence[Any]) -> None:
        raise MXNetError(f"rtc.CudaKernel: {_REFUSED}")

    def launch(
        self, args: Sequence[Any], ctx: Any, grid_dims: Sequence[int], block_dims: Sequence[int], shared_mem: int = 0
    ) -> NoReturn:
        """Run it.

        Raises
        ------
        MXNetError
            always
        """
        raise MXNetError(f"rtc.CudaKernel.launch: {_REFUSED}")
