"""MXNet 1.9's Python interface over PyTorch.

Examples
--------
>>> from mxnet import autograd, nd
>>> x = nd.array([1, 2, 3])
>>> x.attach_grad()
>>> with autograd.record():
...     y = (x ** 2).sum()
>>> y.backward()
>>> x.grad
<BLANKLINE>
[2. 4. 6.]
<NDArray 3 @cpu(0)>
"""

import importlib as _importlib
import multiprocessing.pool as _pool  # noqa: F401 - programs that import multiprocessing alone got it through MXNet
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

import numpy as _numpy

from . import _absent, _aliases, _hiding, _requirements, host_memory

_absent.install(__name__)
_aliases.install(__name__)
_hiding.install()
_requirements.check()

from . import autograd, base, context, ndarray, util  # noqa: E402
from . import ndarray as nd  # noqa: E402
from .attribute import AttrScope  # noqa: E402
from .base import MXNetError  # noqa: E402
from .context import Context, cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus  # noqa: E402
from .util import (  # noqa: E402
    is_np_array,
    is_np_shape,
    np_array,
    np_shape,
    set_np,
    set_np_shape,
    use_np,
    use_np_array,
    use_np_shape,
)

if _TYPE_CHECKING:  # what __getattr__ below loads, for editors and type checkers
    from . import contrib as contrib
    from . import gluon as gluon
    from . import image as image
    from . import initializer as init
    from . import initializer as initializer
    from . import io as io
    from . import lr_scheduler as lr_scheduler
    from . import metric as metric
    from . import name as name
    from . import numpy as np
    from . import numpy as numpy
    from . import numpy_extension as npx
    from . import numpy_extension as numpy_extension
    from . import onnx as onnx
    from . import operator as operator
    from . import optimizer as optimizer
    from . import random as random
    from . import recordio as recordio
    from . import registry as registry
    from . import rnn as rnn
    from . import symbol as sym
    from . import symbol as symbol

__version__ = "1.9.1"

#: modules loaded when first asked for, so that importing the package stays quick
_LAZY = frozenset(
    "attribute callback contrib engine error executor executor_manager gluon image initializer io kvstore libinfo "
    "library log lr_scheduler metric model module monitor name ndarray_doc notebook numpy numpy_dispatch_protocol "
    "numpy_extension numpy_op_fallback numpy_op_signature onnx operator optimizer profiler random recordio registry "
    "rnn rtc runtime symbol symbol_doc test_utils torch visualization".split()
)

__all__ = [
    "AttrScope", "Context", "MXNetError", "autograd", "base", "context", "cpu", "cpu_pinned", "current_context", "gpu",
    "gpu_memory_info", "is_np_array", "is_np_shape", "nd", "ndarray", "np_array", "np_shape", "num_gpus", "set_np",
    "set_np_shape", "use_np", "use_np_array", "use_np_shape", "util",
]  # fmt: skip

if _TYPE_CHECKING:
    __all__ += ["init", "np", "npx", "sym"]


# what lower layers call of upper ones, each loaded when first called
for _upper, (_module, _attribute) in {
    "np.ndarray": ("numpy", "ndarray"),
    "sparse.gradient": ("ndarray.sparse_array", "gradient_of"),
    "sparse.array": ("ndarray.sparse", "array"),
    "sparse.filled": ("ndarray.sparse", "zeros"),
    "sparse.zeros": ("ndarray.sparse_array", "zeros_of"),
    "executor.bind": ("executor", "bind"),
    "executor.simple_bind": ("executor", "simple_bind"),
    "sym.Symbol": ("symbol", "Symbol"),
    "sym.np._Symbol": ("symbol.numpy", "_Symbol"),
    "sym.load_json": ("symbol", "load_json"),
    "custom.by_type": ("ndarray.custom", "by_type"),
    "custom.by_object": ("operator", "by_object"),
    "contrib.text": ("contrib", "text"),
    "contrib.quantization.fused": ("contrib.quantization._fusing", "fused"),
    "custom.own": ("numpy_op_fallback", "register"),
}.items():
    base.register_upper(
        _upper,
        lambda module=f"{__name__}.{_module}", attribute=_attribute: getattr(  # type: ignore[misc]
            _importlib.import_module(module), attribute
        ),
    )


def __getattr__(name: str) -> _Any:
    if name in _LAZY or name in _aliases.ALIASES:
        try:
            return _importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            own = f"{__name__}.{_aliases.ALIASES.get(name, name)}"
            if not isinstance(error, _absent.MissingModuleError) and error.name not in (own, f"{__name__}.{name}"):
                raise
            raise AttributeError(_absent.text_for(own)) from None
    return _absent.answer(__name__, name, 2)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_aliases.ALIASES})


def _print_numbers_as_mxnet_did() -> None:
    """Show NumPy's scalars as numbers.

    NumPy 2 shows the scalar that ``asscalar()`` returns as ``np.float32(0.5)`` and a comparison with it as
    ``np.True_``; NumPy's own switch for the older text is used unless the process has chosen a style already.
    """
    if int(_numpy.__version__.split(".")[0]) >= 2 and _numpy.get_printoptions()["legacy"] is False:
        _numpy.set_printoptions(legacy="1.25")


_print_numbers_as_mxnet_did()
host_memory.keep_freed_memory()
