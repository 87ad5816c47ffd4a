"""What stands in the place of MXNet's C library: calls into it say what to use instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["NoLibrary"]

#: what does the same, by the beginning of a function's name; the longest that fits counts
_INSTEAD = {
    "MX": "the functions of the Python interface",
    "MXAutograd": "mx.autograd",
    "MXCreateCachedOp": "HybridBlock.hybridize()",
    "MXCustom": "mx.operator",
    "MXDataIter": "the iterators of mx.io",
    "MXEngine": "NDArray.wait_to_read() and mx.engine",
    "MXEnginePush": "NDArray.wait_to_read(), and the function itself after it",
    "MXExecutor": "Symbol.bind and mx.executor.Executor",
    "MXGet": "mx.context, mx.util and mx.runtime",
    "MXImperative": "the functions of mx.nd, or mx.operator for operators of one's own",
    "MXInvokeCachedOp": "HybridBlock.hybridize()",
    "MXKVStore": "mx.kv.create",
    "MXLibInfo": "mx.runtime.Features()",
    "MXLoadLib": "mx.operator, which defines operators in Python",
    "MXNDArray": "the methods of NDArray",
    "MXNDArrayFromDLPack": "mx.nd.from_dlpack",
    "MXNDArrayGetContext": "array.context",
    "MXNDArrayGetDType": "array.dtype",
    "MXNDArrayGetData": "array.asnumpy(), or array.as_torch().data_ptr()",
    "MXNDArrayGetGrad": "array.grad",
    "MXNDArrayGetShape": "array.shape",
    "MXNDArrayLoad": "mx.nd.load",
    "MXNDArraySave": "mx.nd.save",
    "MXNDArrayToDLPack": "array.to_dlpack_for_read()",
    "MXNDArrayWait": "array.wait_to_read() and mx.nd.waitall()",
    "MXProfile": "mx.profiler",
    "MXQuantizeSymbol": "mx.contrib.quantization.quantize_graph",
    "MXRandomSeed": "mx.random.seed",
    "MXRecordIO": "mx.recordio.MXRecordIO",
    "MXRtc": "mx.operator with a kernel of torch.utils.cpp_extension",
    "MXSetCalibTable": "mx.contrib.quantization.calib_graph",
    "MXSetProfiler": "mx.profiler",
    "MXShallowCopyNDArray": "array.detach(), which shares its memory",
    "MXSymbol": "the methods of Symbol",
    "MXSymbolListAtomicSymbolCreators": "dir(mx.sym.op), which has the operators",
    "NN": "the methods of Symbol",
}


class NoLibrary:
    """Any function of the C library, which is an error when it is called.

    Parameters
    ----------
    error : type
        the class of the errors
    """

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if not name.startswith(("MX", "NN")):
            raise AttributeError(f"there is no C library underneath, and no {name!r} in it")

        def refuse(*args: Any) -> NoReturn:
            longest = max((each for each in _INSTEAD if name.startswith(each)), key=len)
            raise self._error(
                f"{name}: there is no C library underneath, PyTorch computes; {_INSTEAD[longest]} can be used instead"
            )

        refuse.__name__ = name
        return refuse

    def __repr__(self) -> str:
        return "<no C library: PyTorch computes>"
