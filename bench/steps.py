"""Training steps and inference of a network, the same in Gluon and in PyTorch: what `cases/` describes is run here.

A training step is the forward pass, the loss, the backward pass and the optimizer's update (plain gradient descent at
0.1) on a batch that lies in memory. Weights, images and labels come from one seed, so every library starts from the
same numbers. The outcome is the loss of the first two steps and what they changed in every parameter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from .case import Case, Subject, product

SEED = 0
LEARNING_RATE = 0.1
#: The tolerance where there are rectified units and maxima: where two numbers are equal but for rounding, the gradient
#: goes one way or the other. With float64 as the judge, PyTorch's own float32 is up to 0.005 off after two steps of the
#: larger LeNet, and 0.02 after two of ResNet-18 at a rate of 0.001; at 0.1 its second step is 0.2 off, and would tell
#: nothing.
KINKS, DEEP_KINKS = 1e-2, 5e-2
STATIC = {"static_alloc": True, "static_shape": True}


@dataclasses.dataclass(frozen=True)
class Network:
    """An architecture in both libraries, with its parameters in the same order.

    Attributes
    ----------
    gluon, torch : callable() -> block or module
        With `dropout`, callable(dropout).
    shape : tuple of int
        Of one input: (channels, height, width), or (features,).
    classes : int
    dropout : float, optional
        Its rate while it is timed; steps are compared without it.
    compared_rate : float
        The learning rate of the steps that are compared.
    calls : int, optional
        How many training steps make a sample; found out by trying where it is not said.
    """

    gluon: Callable[..., Any]
    torch: Callable[..., Any]
    shape: tuple[int, ...]
    classes: int = 10
    dropout: float | None = None
    compared_rate: float = LEARNING_RATE
    calls: int | None = None

    def arguments(self, compare: bool) -> tuple[float, ...]:
        """What the two functions are called with."""
        return () if self.dropout is None else (0.0 if compare else self.dropout,)

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Images, float32, standard normal, and labels, int64."""
        random = np.random.RandomState(SEED)
        images = random.standard_normal((size, *self.shape)).astype("float32")
        return images, random.randint(0, self.classes, size).astype("int64")


def seeded_weights(parameters: list[tuple[tuple[int, ...], bool]]) -> list[np.ndarray]:
    """Values for parameters of these shapes; True marks a scale of batch normalization.

    Matrices and kernels are drawn as Glorot and Bengio (2010) do, scales near 1 and biases near 0.
    """
    random = np.random.RandomState(SEED + 1)
    values = []
    for shape, scale in parameters:
        if len(shape) > 1:
            taps = product(shape[2:])
            size, centre = np.sqrt(6 / ((shape[0] + shape[1]) * taps)), 0
        else:
            size, centre = 0.05, int(scale)
        values.append((centre + size * random.uniform(-1, 1, shape)).astype("float32"))
    return values


# --- Gluon, for remxnet and MXNet 1.9.1 ------------------------------------------------------------------------------


def gluon_network(network: Network, images: Any, compare: bool) -> tuple[Any, list[Any]]:
    """The block with its seeded weights, and its learnable parameters."""
    block = network.gluon(*network.arguments(compare))
    block.initialize()
    block(images[:1])  # tells the parameters their shapes
    parameters = [each for each in block.collect_params().values() if each.grad_req != "null"]
    values = seeded_weights([(each.shape, each.name.endswith("gamma")) for each in parameters])
    for parameter, value in zip(parameters, values):
        parameter.set_data(value_as_array(value))
    return block, parameters


def value_as_array(value: np.ndarray) -> Any:
    from mxnet import nd

    return nd.array(value)


def gluon_training(network: Network, size: int, hybridize: bool) -> Subject:
    from mxnet import autograd, gluon, nd

    images, labels = (nd.array(part) for part in network.batch(size))

    def prepared(compare: bool = False) -> tuple[Callable[[], Any], list[Any], Callable[[float], None]]:
        block, parameters = gluon_network(network, images, compare)
        criterion = gluon.loss.SoftmaxCrossEntropyLoss()
        if hybridize:
            block.hybridize(**STATIC)
            criterion.hybridize(**STATIC)
        trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": LEARNING_RATE})

        def step() -> Any:
            with autograd.record():
                loss = criterion(block(images), labels)
            loss.backward()
            trainer.step(size)
            return loss

        return step, parameters, trainer.set_learning_rate

    timed = prepared()
    step = timed[0]

    def repeat(times: int) -> None:
        for _ in range(times):
            step()
        nd.waitall()

    def outcome() -> dict[str, list[np.ndarray]]:
        first, weights, set_rate = timed if network.dropout is None else prepared(compare=True)
        set_rate(network.compared_rate)
        found = two_steps(lambda: first().mean().asscalar(), lambda: [each.data().asnumpy() for each in weights])
        set_rate(LEARNING_RATE)
        return found

    return Subject(repeat, outcome, network.calls)


def gluon_inference(network: Network, size: int) -> Subject:
    from mxnet import nd

    images = nd.array(network.batch(size)[0])
    block, _ = gluon_network(network, images, compare=False)
    block.hybridize(**STATIC)

    def repeat(times: int) -> None:
        for _ in range(times):
            block(images).wait_to_read()  # a prediction is looked at before the next one is asked for

    return Subject(repeat, lambda: {"values": [block(images).asnumpy()]})


# --- PyTorch ---------------------------------------------------------------------------------------------------------


def torch_network(network: Network, compare: bool) -> tuple[Any, list[Any]]:
    """The module with its seeded weights, and its learnable parameters."""
    import torch

    module = network.torch(*network.arguments(compare))
    scales = {each.weight for each in module.modules() if isinstance(each, torch.nn.BatchNorm2d)}
    parameters = list(module.parameters())
    values = seeded_weights([(tuple(each.shape), each in scales) for each in parameters])
    with torch.no_grad():
        for parameter, value in zip(parameters, values):
            parameter.copy_(torch.from_numpy(value))
    return module, parameters


def laid_out(variant: str, module: Any, images: Any) -> tuple[Any, Any]:
    """Both in the memory format of the variant: channels-last unless it is eager."""
    import torch

    if variant == "eager" or images.dim() != 4:
        return module, images
    return module.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)


def torch_training(network: Network, size: int, variant: str) -> Subject:
    import torch

    numbers, labels = (torch.from_numpy(part) for part in network.batch(size))

    def prepared(compare: bool = False) -> tuple[Callable[[], Any], list[Any], Callable[[float], None]]:
        module, parameters = torch_network(network, compare)
        module, images = laid_out(variant, module, numbers)
        criterion = torch.nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE, fused=True)

        def loss_of(images: Any, labels: Any) -> Any:
            return criterion(module(images), labels)

        loss_function = torch.compile(loss_of, dynamic=False) if variant == "compile" else loss_of

        def step() -> Any:
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(images, labels)
            loss.backward()
            optimizer.step()
            return loss

        def set_rate(rate: float) -> None:
            optimizer.param_groups[0]["lr"] = rate

        return step, parameters, set_rate

    timed = prepared()
    step = timed[0]

    def repeat(times: int) -> None:
        for _ in range(times):
            step()

    def outcome() -> dict[str, list[np.ndarray]]:
        first, weights, set_rate = timed if network.dropout is None else prepared(compare=True)
        set_rate(network.compared_rate)
        found = two_steps(lambda: first().item(), lambda: [each.detach().numpy().copy() for each in weights])
        set_rate(LEARNING_RATE)
        return found

    return Subject(repeat, outcome, network.calls)


def torch_inference(network: Network, size: int, variant: str) -> Subject:
    import torch

    module, _ = torch_network(network, compare=False)
    module, images = laid_out(variant, module.eval(), torch.from_numpy(network.batch(size)[0]))
    if variant == "compile":
        module = torch.compile(module, dynamic=False, options={"freezing": True})

    def without_gradients() -> Any:
        # freezing is for no_grad; inference_mode is the cheaper one where it can be had
        return torch.no_grad() if variant == "compile" else torch.inference_mode()

    def repeat(times: int) -> None:
        with without_gradients():
            for _ in range(times):
                module(images)

    def outcome() -> dict[str, list[np.ndarray]]:
        with without_gradients():
            return {"values": [module(images).numpy()]}

    return Subject(repeat, outcome)


# --- both ------------------------------------------------------------------------------------------------------------


def two_steps(step: Callable[[], float], weights: Callable[[], list[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    """The weights before, the losses of two steps, and what they changed."""
    start = weights()
    losses = [np.float32(step()) for _ in range(2)]
    changes = [after - before for after, before in zip(weights(), start)]
    return {"start": start, "values": [np.array(losses)], "changes": changes}


def training(name: str, title: str, network: Network, batch: int, hybridize: bool = True, **details: Any) -> Case:
    """A case that times a training step."""
    return Case(
        name,
        title,
        lambda: gluon_training(network, batch, hybridize),
        lambda variant: torch_training(network, batch, variant),
        **details,
    )


def inference(name: str, title: str, network: Network, batch: int, **details: Any) -> Case:
    """A case that times a prediction, hybridized."""
    return Case(
        name,
        title,
        lambda: gluon_inference(network, batch),
        lambda variant: torch_inference(network, batch, variant),
        **details,
    )
