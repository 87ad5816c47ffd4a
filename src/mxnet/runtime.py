"""What this installation can do, by the names of MXNet's build options; torch and the installed packages say."""

from __future__ import annotations

import collections
import importlib.util

import torch

__all__ = ["Feature", "Features", "feature_list"]

#: every name MXNet 1.9.1 lists, in its order
_NAMES = """
    CUDA CUDNN NCCL CUDA_RTC TENSORRT CPU_SSE CPU_SSE2 CPU_SSE3 CPU_SSE4_1 CPU_SSE4_2 CPU_SSE4A CPU_AVX CPU_AVX2 OPENMP
    SSE F16C JEMALLOC BLAS_OPEN BLAS_ATLAS BLAS_MKL BLAS_APPLE LAPACK MKLDNN OPENCV CAFFE PROFILER DIST_KVSTORE CXX14
    INT64_TENSOR_SIZE SIGNAL_HANDLER DEBUG TVM_OP
""".split()


class Feature:
    """One thing an installation can or cannot do.

    Parameters
    ----------
    name : str
        as MXNet calls it
    enabled : bool
        whether it is there
    """

    def __init__(self, name: str, enabled: bool) -> None:
        self._name, self._enabled = name, enabled

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def enabled(self) -> bool:
        """Whether it is there."""
        return self._enabled

    def __repr__(self) -> str:
        return f"{'✔' if self._enabled else '✖'} {self._name}"


def _enabled() -> set[str]:
    """The names of what is there."""
    vectors = torch.backends.cpu.get_cpu_capability()
    built = torch.__config__.show()
    sse = {"CPU_SSE", "CPU_SSE2", "CPU_SSE3", "CPU_SSE4_1", "CPU_SSE4_2"} if vectors in ("AVX2", "AVX512") else set()
    found = {
        "CUDA": torch.backends.cuda.is_built(),
        "CUDNN": torch.backends.cudnn.is_available(),
        "NCCL": torch.distributed.is_available() and torch.distributed.is_nccl_available(),
        "CPU_AVX": vectors in ("AVX2", "AVX512"),
        "CPU_AVX2": vectors in ("AVX2", "AVX512"),
        "F16C": vectors in ("AVX2", "AVX512"),
        "OPENMP": torch.backends.openmp.is_available(),
        "BLAS_MKL": torch.backends.mkl.is_available(),
        "BLAS_OPEN": "BLAS_INFO=open" in built,
        "BLAS_APPLE": "BLAS_INFO=accelerate" in built,
        "LAPACK": torch._C.has_lapack,
        "MKLDNN": torch.backends.mkldnn.is_available(),
        "OPENCV": importlib.util.find_spec("cv2") is not None,
        "PROFILER": True,
        "INT64_TENSOR_SIZE": True,
    }
    return {name for name, there in found.items() if there} | sse


def feature_list() -> list[Feature]:
    """Every feature that MXNet has a name for, and whether it is here."""
    enabled = _enabled()
    return [Feature(name, name in enabled) for name in _NAMES]


class Features(collections.OrderedDict[str, Feature]):
    """Every feature by its name; there is one such dict.

    Examples
    --------
    >>> mx.runtime.Features().is_enabled("int64_tensor_size")
    True
    >>> mx.runtime.Features()["CAFFE"]
    ✖ CAFFE
    """

    instance: Features | None = None

    def __new__(cls) -> Features:
        """Give the dict, made on the first call."""
        if cls.instance is None:
            cls.instance = super().__new__(cls)
            super().__init__(cls.instance, ((each.name, each) for each in feature_list()))
        return cls.instance

    def __init__(self) -> None:
        pass  # filled when it was made

    def __repr__(self) -> str:
        return str(list(self.values()))

    def is_enabled(self, feature_name: str) -> bool:
        """Whether a feature is here, by its name in any case.

        Raises
        ------
        RuntimeError
            MXNet has no feature of that name
        """
        name = feature_name.upper()
        if name not in self:
            raise RuntimeError(f"Features: there is no feature {name!r}; there are {', '.join(self)}")
        return self[name].enabled
