"""What a fresh process measures of itself: importing, memory, and how long the first hybridized call takes."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from ..case import Case, Measured, Unavailable
from ..steps import STATIC, gluon_network, gluon_training, laid_out, torch_network, torch_training
from .large import RESNET18
from .lenet import LENET

STEPS = 40


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


# --- importing -------------------------------------------------------------------------------------------------------


def importing(module: str, first: str = "") -> Measured:
    """The seconds of an import in a process that has imported nothing else than `first`."""
    program = f"import time{', ' + first if first else ''}; s = time.perf_counter(); import {module}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{program}; print(time.perf_counter() - s)"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return Measured(float(done.stdout.split()[-1]))


def gluon_import_alone() -> Measured:
    """`import mxnet` when what it computes with is there: torch for remxnet, NumPy for MXNet 1.9.1."""
    return importing("mxnet", "torch" if importlib.util.find_spec("torch") else "numpy")


# --- memory ----------------------------------------------------------------------------------------------------------


def memory(field: str) -> int:
    """A line of this process's status, in bytes: VmRSS is what it has, VmHWM the most it had."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
    except OSError:
        raise Unavailable("the memory of a process is read from /proc, which Linux has") from None
    return int(lines[field].split()[0]) * 1024


def growth(build: Callable[[], Any]) -> Measured:
    """How far training LeNet takes the peak above what the process had after importing, in bytes."""
    before = memory("VmRSS")
    build().repeat(STEPS)
    return Measured(memory("VmHWM") - before)


def gluon_memory() -> Measured:
    import mxnet  # noqa: F401

    return growth(lambda: gluon_training(LENET, 256, True))


def torch_memory(variant: str) -> Measured:
    import torch  # noqa: F401

    return growth(lambda: torch_training(LENET, 256, variant))


# --- the first call of a graph ---------------------------------------------------------------------------------------


def first_call(predict: Callable[[], Any]) -> Measured:
    """The first call less what a call takes afterwards."""
    first = seconds(predict)
    return Measured(first - statistics.median(seconds(predict) for _ in range(5)))


def gluon_first_call() -> Measured:
    from mxnet import nd

    images = nd.array(RESNET18.batch(1)[0])
    block, _ = gluon_network(RESNET18, images, compare=False)  # has run once, not hybridized
    nd.waitall()
    block.hybridize(**STATIC)
    return first_call(lambda: block(images).wait_to_read())


def torch_first_call(variant: str) -> Measured:
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # or an earlier run would have paid
    import torch

    module, _ = torch_network(RESNET18, compare=False)
    module, images = laid_out(variant, module.eval(), torch.from_numpy(RESNET18.batch(1)[0]))
    with torch.inference_mode():
        module(images)
        compiled = torch.compile(module, dynamic=False)
        return first_call(lambda: compiled(images))


CASES = [
    Case(
        "import",
        "`import mxnet` in a fresh process (PyTorch: `import torch`)",
        lambda: importing("mxnet"),
        lambda variant: importing("torch"),
        ("eager",),
        fresh=True,
        rounds=3,
    ),
    Case(
        "import-alone",
        "`import mxnet` on top of what it computes with (torch; NumPy for MXNet)",
        gluon_import_alone,
        most=0.3,
        fresh=True,
        rounds=3,
    ),
    Case(
        "memory",
        f"peak memory of LeNet training, batch 256, {STEPS} steps, over that after importing",
        gluon_memory,
        torch_memory,
        ("eager", "channels-last"),
        torch_target=1.1,
        mxnet_target=1.0,
        unit="bytes",
        fresh=True,
        rounds=3,
        note="torch.compile takes no part: its compiler runs in the same process",
    ),
    Case(
        "compile",
        "first hybridized call of ResNet-18 over a later one, batch 1, inference (PyTorch: torch.compile, no cache)",
        gluon_first_call,
        torch_first_call,
        ("compile",),
        most=0.5,
        fresh=True,
        rounds=1,
    ),
]
