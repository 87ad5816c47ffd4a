"""The accelerator if there is one, the CPU if not."""

import mxnet as mx
from mxnet import nd

__all__ = ["cpu", "gpu", "num_gpus", "try_all_gpus", "try_gpu"]


def gpu_works(index: int) -> bool:
    """Whether an array can be made on that GPU, which is what counts."""
    try:
        nd.zeros((1,), ctx=mx.gpu(index)).wait_to_read()
    except mx.base.MXNetError:
        return False
    return True


def cpu() -> mx.Context:
    """The CPU."""
    return mx.cpu()


def gpu(i: int = 0) -> mx.Context:
    """The `i`-th GPU."""
    return mx.gpu(i)


def num_gpus() -> int:
    """How many GPUs there are."""
    return mx.context.num_gpus()


def try_gpu(i: int = 0) -> mx.Context:
    """The `i`-th GPU if it can be used, otherwise the CPU."""
    return mx.gpu(i) if gpu_works(i) else mx.cpu()


def try_all_gpus() -> list[mx.Context]:
    """Every GPU that can be used, or a list with the CPU alone."""
    gpus: list[mx.Context] = []
    while gpu_works(len(gpus)):
        gpus.append(mx.gpu(len(gpus)))
    return gpus or [mx.cpu()]
