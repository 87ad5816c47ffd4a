"""AutoML: its networks, its data loader, and its network for tables, trained on a few rows."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np

import mxnet as mx

__all__ = ["PATHS"]


def efficientnet() -> Any:
    """A training step of an EfficientNet."""
    from autogluon.extra.model_zoo.models.efficientnet import get_efficientnet_b0

    net = get_efficientnet_b0(classes=5, input_size=32)
    net.initialize()
    net.hybridize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    images = mx.nd.random.uniform(shape=(2, 3, 32, 32))
    with mx.autograd.record():
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()(net(images), mx.nd.array([1, 2]))
    loss.backward()
    trainer.step(2)
    return net(images).shape


def _samples() -> Any:
    return mx.gluon.data.ArrayDataset(np.arange(12, dtype="float32").reshape(6, 2), np.arange(6))


def batches() -> Any:
    """Its own DataLoader."""
    from autogluon.mxnet.utils.dataloader import DataLoader

    return [batch[0].shape for batch in DataLoader(_samples(), batch_size=4)]


def halves() -> Any:
    """A data set in two parts."""
    from autogluon.mxnet.utils.dataset import SampledDataset, get_split_samplers

    return [len(SampledDataset(_samples(), each)) for each in get_split_samplers(_samples(), 0.5)]


def tables() -> Any:
    """The network for columns of numbers and of categories: embeddings, training by epochs, predictions."""
    import pandas as pd
    from autogluon.tabular.models.tabular_nn.tabular_nn_model import TabularNeuralNetModel

    draw = np.random.RandomState(0)
    rows = pd.DataFrame({"a": draw.randn(80), "b": draw.randn(80), "c": draw.choice(["u", "v", "w"], 80)})
    labels = pd.Series((rows.a > 0).astype(int))
    model = TabularNeuralNetModel(
        path=f"{tempfile.mkdtemp()}/", name="nn", problem_type="binary", eval_metric=None,
        hyperparameters={"num_epochs": 2},
    )  # fmt: skip
    model.fit(X=rows, y=labels, X_val=rows, y_val=labels, num_cpus=1, num_gpus=0)
    return model.predict_proba(rows).shape


def controller() -> Any:
    """A step of the recurrent network that proposes settings, by the gradient of what they were worth."""
    from autogluon.core.space import Categorical
    from autogluon.mxnet.scheduler.rl_scheduler import LSTMController

    spaces = {"width": Categorical(1, 2, 3), "kind": Categorical("x", "y")}
    net = LSTMController(spaces)
    net.initialize()
    trainer = mx.gluon.Trainer(net.collect_params(), "adam")
    with mx.autograd.record():
        settings, likelihoods, _ = net.sample(4, with_details=True)
        loss = -(likelihoods * mx.nd.ones((4, 1))).sum()
    loss.backward()
    trainer.step(4)
    return len(settings)


PATHS = [controller, efficientnet, batches, halves, tables]
