"""Recurrent layers: a training step of a layer by itself, as in a language model of medium size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..case import Case, Subject
from ..steps import LEARNING_RATE, SEED, seeded_weights, two_steps

BATCH, STEPS, UNITS = 32, 35, 200


def sequences() -> tuple[np.ndarray, np.ndarray]:
    """Inputs, time × batch × features, and what the layer is to give for them."""
    random = np.random.RandomState(SEED)
    shape = (STEPS, BATCH, UNITS)
    return random.standard_normal(shape).astype("float32"), random.uniform(-1, 1, shape).astype("float32")


def gluon_layer(kind: str) -> Subject:
    """Forward from zeros, mean square error, backward, update; as Gluon programs write it."""
    from mxnet import autograd, gluon, nd
    from mxnet.gluon import rnn

    inputs, targets = (nd.array(each) for each in sequences())
    layer = getattr(rnn, kind)(UNITS, input_size=UNITS)
    layer.initialize()
    parameters = list(layer.collect_params().values())
    for parameter, value in zip(parameters, seeded_weights([(each.shape, False) for each in parameters])):
        parameter.set_data(nd.array(value))
    layer.hybridize()
    criterion = gluon.loss.L2Loss()
    criterion.hybridize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": LEARNING_RATE})

    def step() -> Any:
        with autograd.record():
            loss = criterion(layer(inputs), targets)
        loss.backward()
        trainer.step(STEPS)
        return loss

    def repeat(times: int) -> None:
        for _ in range(times):
            step()
        nd.waitall()

    return Subject(
        repeat,
        lambda: two_steps(lambda: step().mean().asscalar(), lambda: [each.data().asnumpy() for each in parameters]),
    )


def torch_layer(kind: str, variant: str) -> Subject:
    """The same of torch's layer."""
    import torch

    inputs, targets = (torch.from_numpy(each) for each in sequences())
    layer = getattr(torch.nn, kind)(UNITS, UNITS)
    parameters = list(layer.parameters())
    with torch.no_grad():
        for parameter, value in zip(parameters, seeded_weights([(tuple(each.shape), False) for each in parameters])):
            parameter.copy_(torch.from_numpy(value))
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE, fused=True)

    def step() -> Any:
        optimizer.zero_grad(set_to_none=True)
        output, _ = layer(inputs)
        loss = torch.nn.functional.mse_loss(output, targets)
        (loss / 2).backward()  # Gluon's loss is half of it
        optimizer.step()
        return loss

    def repeat(times: int) -> None:
        for _ in range(times):
            step()

    def outcome() -> dict[str, list[np.ndarray]]:
        return two_steps(lambda: step().item() / 2, lambda: [each.detach().numpy().copy() for each in parameters])

    return Subject(repeat, outcome)


def layer(kind: str, **details: Any) -> Case:
    build: Callable[[], Subject] = lambda: gluon_layer(kind)  # noqa: E731 - one line of a table
    return Case(
        f"{kind.lower()}-train-{BATCH}",
        f"{kind} layer, {UNITS} units, training step, {BATCH} sequences of {STEPS} steps",
        build,
        lambda variant: torch_layer(kind, variant),
        variants=("eager",),
        **details,
    )


CASES = [layer("LSTM", torch_target=1.1, mxnet_target=0.7), layer("GRU")]
