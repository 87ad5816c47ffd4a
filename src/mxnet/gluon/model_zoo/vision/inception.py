"""Inception v3 (Szegedy et al., "Rethinking the Inception architecture for computer vision", 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ... import nn
from ...contrib.nn import HybridConcurrent
from ..model_store import CPU, Contexts, with_weights
from ._network import Classifier

__all__ = ["Inception3", "inception_v3"]

EPSILON = 1e-3  # of the batch normalizations


class Convolution(NamedTuple):
    """A convolution with batch normalization and ReLU; by default it leaves the side as it is."""

    channels: int
    kernel: int | tuple[int, int] = 1
    stride: int = 1
    padding: int | None = None


class Fork(NamedTuple):
    """Convolutions side by side, at the end of a branch."""

    convolutions: tuple[Convolution, ...]


AVERAGE, MAXIMUM = "average", "maximum"  # poolings: of 3×3 with stride 1, and of 3×3 with stride 2

C, WIDE, TALL = Convolution, (1, 7), (7, 1)
Step = Convolution | Fork | str
Branches = Sequence[Sequence[Step]]

STEM: Sequence[Step] = (
    C(32, 3, 2), C(32, 3, padding=0), C(64, 3), MAXIMUM, C(80, padding=0), C(192, 3, padding=0), MAXIMUM,
)  # fmt: skip


def _module_a(pooled: int) -> Branches:
    return (C(64),), (C(48), C(64, 5)), (C(64), C(96, 3), C(96, 3)), (AVERAGE, C(pooled))


def _module_c(inner: int) -> Branches:
    return (
        (C(192),),
        (C(inner), C(inner, WIDE), C(192, TALL)),
        (C(inner), C(inner, TALL), C(inner, WIDE), C(inner, TALL), C(192, WIDE)),
        (AVERAGE, C(192)),
    )


FORK = Fork((C(384, (1, 3)), C(384, (3, 1))))
MODULE_E: Branches = ((C(320),), (C(384), FORK), (C(448), C(384, 3), FORK), (AVERAGE, C(192)))

#: the modules' names and branches
MODULES: dict[str, Branches] = {
    "A1_": _module_a(32),
    "A2_": _module_a(64),
    "A3_": _module_a(64),
    "B_": ((C(384, 3, 2),), (C(64), C(96, 3), C(96, 3, 2)), (MAXIMUM,)),
    "C1_": _module_c(128),
    "C2_": _module_c(160),
    "C3_": _module_c(160),
    "C4_": _module_c(192),
    "D_": ((C(192), C(320, 3, 2)), (C(192), C(192, WIDE), C(192, TALL), C(192, 3, 2)), (MAXIMUM,)),
    "E1_": MODULE_E,
    "E2_": MODULE_E,
}


def _padding(step: Convolution) -> tuple[int, ...] | int:
    if step.padding is not None:
        return step.padding
    if step.stride > 1:
        return 0
    return step.kernel // 2 if isinstance(step.kernel, int) else tuple(length // 2 for length in step.kernel)


def _step(step: Convolution | str) -> Any:
    if step == AVERAGE:
        return nn.AvgPool2D(pool_size=3, strides=1, padding=1)
    if step == MAXIMUM:
        return nn.MaxPool2D(pool_size=3, strides=2)
    assert isinstance(step, Convolution)
    block = nn.HybridSequential(prefix="")
    block.add(
        nn.Conv2D(step.channels, step.kernel, step.stride, _padding(step), use_bias=False),
        nn.BatchNorm(epsilon=EPSILON),
        nn.Activation("relu"),
    )
    return block


def _branch(steps: Sequence[Step]) -> nn.HybridSequential:
    """One branch; with a fork it has two parts, what comes before the fork and the fork."""
    block = nn.HybridSequential(prefix="")
    *before, last = steps
    if isinstance(last, Fork):
        fork = HybridConcurrent(axis=1, prefix="")
        block.add(_branch(before))
        fork.add(*(_branch([convolution]) for convolution in last.convolutions))
        block.add(fork)
        return block
    for step in steps:
        assert not isinstance(step, Fork)
        block.add(_step(step))
    return block


class Inception3(Classifier):
    """Modules of branches side by side, for images of 299×299.

    Parameters
    ----------
    classes : int
        how many scores the output has
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            for step in STEM:
                assert not isinstance(step, Fork)
                self.features.add(_step(step))
            for prefix, branches in MODULES.items():
                module = HybridConcurrent(axis=1, prefix=prefix)
                with module.name_scope():
                    for steps in branches:
                        module.add(_branch(steps))
                self.features.add(module)
            self.features.add(nn.AvgPool2D(pool_size=8), nn.Dropout(0.5))
            self.output = nn.Dense(classes)


def inception_v3(pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any) -> Inception3:
    """Inception v3.

    Parameters
    ----------
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`Inception3`
    """
    return with_weights(Inception3(**kwargs), "inceptionv3", pretrained, ctx, root)
