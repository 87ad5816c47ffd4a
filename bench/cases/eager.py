"""Single calls without a graph: what an operator costs before it computes anything, and a loop made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..case import Case, Subject

SMALL = np.arange(16, dtype="float32").reshape(4, 4)

# The statement stands in the loop itself: a function around it would cost PyTorch a tenth of what is measured.


def gluon_add() -> Subject:
    from mxnet import nd

    a, b = nd.array(SMALL), nd.array(SMALL)

    def repeat(times: int) -> None:
        for _ in range(times):
            c = a + b
        c.wait_to_read()
        nd.waitall()

    return Subject(repeat, lambda: {"values": [(a + b).asnumpy()]})


def torch_add(variant: str) -> Subject:
    import torch

    a, b = torch.tensor(SMALL), torch.tensor(SMALL)

    def repeat(times: int) -> None:
        for _ in range(times):
            c = a + b
        assert c is not None

    return Subject(repeat, lambda: {"values": [(a + b).numpy()]})


def gluon_index() -> Subject:
    from mxnet import nd

    a = nd.array(SMALL)

    def repeat(times: int) -> None:
        for _ in range(times):
            c = a[1]
        c.wait_to_read()
        nd.waitall()

    return Subject(repeat, lambda: {"values": [a[1].asnumpy()]})


def torch_index(variant: str) -> Subject:
    import torch

    a = torch.tensor(SMALL)

    def repeat(times: int) -> None:
        for _ in range(times):
            c = a[1]
        assert c is not None

    return Subject(repeat, lambda: {"values": [a[1].numpy()]})


def gluon_sum() -> Subject:
    from mxnet import nd

    a = nd.array(SMALL)

    def repeat(times: int) -> None:
        for _ in range(times):
            c = a.sum()
        c.wait_to_read()
        nd.waitall()

    return Subject(repeat, lambda: {"values": [a.sum().asnumpy().reshape(())]})


def torch_sum(variant: str) -> Subject:
    import torch

    a = torch.tensor(SMALL)

    def repeat(times: int) -> None:
        for _ in range(times):
            c = a.sum()
        assert c is not None

    return Subject(repeat, lambda: {"values": [a.sum().numpy()]})


# --- the notebooks' cross-correlation, written with loops ------------------------------------------------------------


def corr2d(zeros: Callable[..., Any], X: Any, K: Any) -> Any:
    """The same loop for both libraries; only the function that makes the result's array differs."""
    h, w = K.shape
    Y = zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


def image_and_kernel() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(0)
    return random.uniform(size=(28, 28)).astype("float32"), random.uniform(size=(5, 5)).astype("float32")


def gluon_corr2d() -> Subject:
    from mxnet import nd

    X, K = (nd.array(part) for part in image_and_kernel())

    def repeat(times: int) -> None:
        for _ in range(times):
            corr2d(nd.zeros, X, K).wait_to_read()

    return Subject(repeat, lambda: {"values": [corr2d(nd.zeros, X, K).asnumpy()]})


def torch_corr2d(variant: str) -> Subject:
    import torch

    X, K = (torch.from_numpy(part) for part in image_and_kernel())

    def repeat(times: int) -> None:
        for _ in range(times):
            corr2d(torch.zeros, X, K)

    return Subject(repeat, lambda: {"values": [corr2d(torch.zeros, X, K).numpy()]})


EAGER = ("eager",)  # a single call has nothing to compile, and no channels

CASES = [
    Case(
        "add",
        "`a + b` on 4×4",
        gluon_add,
        torch_add,
        EAGER,
        torch_target=2.2,
        mxnet_target=0.2,
        over_torch=1.5e-6,
        quick=True,
    ),
    Case("index", "`a[1]` on 4×4", gluon_index, torch_index, EAGER, over_torch=1.5e-6, quick=True),
    Case("sum", "`a.sum()` on 4×4", gluon_sum, torch_sum, EAGER, over_torch=1.5e-6, quick=True),
    Case(
        "corr2d",
        "`corr2d` with loops, 28×28 image, 5×5 kernel",
        gluon_corr2d,
        torch_corr2d,
        EAGER,
        torch_target=2.0,
        mxnet_target=0.05,
        quick=True,
    ),
]
