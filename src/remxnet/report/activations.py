"""What the layers of a network make of one image, and what its first layer looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

import mxnet as mx
from mxnet import autograd
from mxnet.gluon import Block, HybridBlock, nn

from ..experiments.layers import find_layers, first

__all__ = ["Activation", "activations", "first_weights"]


@dataclass(frozen=True)
class Activation:
    """The output of one layer for one image.

    Attributes
    ----------
    name, type : str
        The layer's place in the network, and its class.
    values : array
        (channels, height, width), or (numbers,) where the layer's output is no image.
    """

    name: str
    type: str
    values: numpy.ndarray


def activations(net: Block, image: numpy.ndarray, context: mx.Context | None = None) -> list[Activation]:
    """Run a network on one image and keep what each layer gives, in the order in which they run.

    Parameters
    ----------
    net : Block
        It runs layer by layer here, and stays hybridized if it was.
    image : array, shape (channels, height, width)
    context : Context, optional
        Where the network is; by default on the CPU.
    """
    heard: list[Activation] = []
    names: dict[Block, str] = {}
    for layer, name in find_layers(net):
        names.setdefault(layer, name)

    def hear(layer: Block, inputs: Any, outputs: Any) -> None:
        values = first(outputs).asnumpy()[0]
        heard.append(
            Activation(names[layer], type(layer).__name__, values if values.ndim in (1, 3) else values.reshape(-1))
        )

    blocks: list[Block] = []
    net.apply(blocks.append)
    active = {block: block._active for block in blocks if isinstance(block, HybridBlock)}
    handles = [layer.register_forward_hook(hear) for layer in names]
    try:
        for block in active:
            block._active = False  # a block that runs as a graph does not call its layers
        with autograd.pause(train_mode=False):
            net(mx.nd.array(image[None], ctx=context or mx.cpu()))
    finally:
        for handle in handles:
            handle.detach()
        for block, was in active.items():
            block._active = was
    return heard


def first_weights(net: Block, shape: tuple[int, int, int]) -> tuple[str, numpy.ndarray] | None:
    """What the first layer that has weights looks for.

    Parameters
    ----------
    net : Block
    shape : (channels, height, width)
        Of an image.

    Returns
    -------
    (what the weights are, array of shape (units, channels, height, width)), or None if the first layer with weights is
    of another kind: the kernels of a convolution, or the weights of a dense layer over the pixels of the image.
    """
    for layer, name in find_layers(net):
        weight = getattr(layer, "weight", None)
        if weight is None:
            continue
        values = weight.data().asnumpy()
        if isinstance(layer, nn.Dense) and values.shape[1] == numpy.prod(shape):
            return f"The weights of the dense layer {name} over the pixels", values.reshape(-1, *shape)
        if not isinstance(layer, nn.Dense) and values.ndim == 4:
            return f"The kernels of the convolution {name}", values
        return None
    return None
