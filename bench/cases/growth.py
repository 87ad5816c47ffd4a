"""How cost grows: LeNet's training step over the size of the batch, and an epoch over the number of threads."""

from __future__ import annotations

from ..case import Case, Subject
from ..steps import LEARNING_RATE, gluon_network, gluon_training, torch_network, torch_training
from .lenet import LENET
from .loading import gluon_loader, torch_loader

BATCHES = (1, 4, 16, 64, 256, 1024, 4096)
IMAGES = 60 * 256


def over_batches(batch: int) -> Case:
    return Case(
        f"batch-{batch}",
        f"batch {batch}",
        lambda: gluon_training(LENET, batch, True),
        lambda variant: torch_training(LENET, batch, variant),
        ("eager", "channels-last"),
        per=batch,
        group="LeNet training step, hybridized: time per image over the size of the batch",
        point=batch,
        rounds=3,
        turn=0.2,
        note="torch.compile takes no part: it would compile for every size",
    )


def gluon_epoch() -> Subject:
    """Batches from the loader, as the notebook trains; workers only where there is a second thread."""
    from mxnet import autograd, gluon, nd

    loader = gluon_loader(IMAGES, workers=4 if threads() > 1 else 0, normalize=False)
    images = nd.array(LENET.batch(1)[0])
    net, _ = gluon_network(LENET, images, compare=False)
    net.hybridize(static_alloc=True, static_shape=True)
    criterion = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": LEARNING_RATE})

    def repeat(times: int) -> None:
        for _ in range(times):
            for images, labels in loader:
                with autograd.record():
                    loss = criterion(net(images), labels)
                loss.backward()
                trainer.step(images.shape[0])
            nd.waitall()

    return Subject(repeat, calls=1)


def torch_epoch(variant: str) -> Subject:
    import torch

    loader = torch_loader(IMAGES, workers=2 if threads() > 1 else 0, normalize=False)
    net, parameters = torch_network(LENET, compare=False)
    net = net.to(memory_format=torch.channels_last)
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE, fused=True)

    def repeat(times: int) -> None:
        for _ in range(times):
            for images, labels in loader:
                optimizer.zero_grad(set_to_none=True)
                criterion(net(images.to(memory_format=torch.channels_last)), labels).backward()
                optimizer.step()

    return Subject(repeat, calls=1)


def threads() -> int:
    import os

    return int(os.environ["OMP_NUM_THREADS"])


def over_threads(number: int) -> Case:
    return Case(
        f"threads-{number}",
        f"{number} thread" + "s" * (number > 1),
        gluon_epoch,
        torch_epoch,
        ("channels-last",),
        group=f"LeNet, an epoch of {IMAGES} images with loading, hybridized: time over the number of threads",
        point=number,
        threads=number,
        rounds=3,
        turn=0.1,
        needs_data=True,
        note="with one thread the loaders have no workers",
    )


CASES = [*map(over_batches, BATCHES), *map(over_threads, (1, 2))]
