"""Builds the C kernels; everything else about the package stands in pyproject.toml.

The C files in ``src/mxnet/kernels`` are compiled once for each vector width, needing nothing but a C compiler (GCC or
Clang). Where there is none, the package installs without them and torch's operators serve.
"""

import atexit
import platform
import shutil
import tempfile

from setuptools import Extension, setup
from setuptools.command.build import build

# psabi: no function that takes or returns a vector is called, all are inlined
FLAGS = ["-O3", "-std=c11", "-fvisibility=hidden", "-ffp-contract=fast", "-fno-math-errno", "-g0", "-Wno-psabi"]
WIDTHS = {
    "x86_64": {
        "avx512": (16, ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mfma", "-mprefer-vector-width=512"]),
        "avx2": (8, ["-mavx2", "-mfma"]),
        "baseline": (4, []),
    },
    "aarch64": {"baseline": (8, [])},
}
machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())


class Build(build):
    """Builds in a folder that is gone afterwards: an installation leaves nothing among the sources."""

    def initialize_options(self) -> None:
        """Take another folder than build/."""
        super().initialize_options()
        self.build_base = tempfile.mkdtemp(prefix="remxnet-build-")
        atexit.register(shutil.rmtree, self.build_base, ignore_errors=True)


setup(
    cmdclass={"build": Build},
    ext_modules=[
        Extension(
            f"mxnet.kernels._kernels_{name}",
            [f"src/mxnet/kernels/{source}.c" for source in ("chain", "columns", "lstm", "norm", "order")],
            depends=[
                f"src/mxnet/kernels/{header}.h" for header in ("lanes", "stage", "convolution", "pooling", "team")
            ],
            define_macros=[("LANES", str(lanes))],
            extra_compile_args=[*FLAGS, *flags],
            optional=True,
        )
        for name, (lanes, flags) in WIDTHS.get(machine, {"baseline": (4, [])}).items()
    ],
)
