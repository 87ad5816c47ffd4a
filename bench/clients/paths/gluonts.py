"""gluonts: each of its estimators trained a little, and a forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
from gluonts.dataset.common import ListDataset
from gluonts.mx import (
    DeepAREstimator,
    DeepStateEstimator,
    MQCNNEstimator,
    NBEATSEstimator,
    SimpleFeedForwardEstimator,
    TemporalFusionTransformerEstimator,
    Trainer,
    TransformerEstimator,
    WaveNetEstimator,
)

SERIES = ListDataset(
    [{"start": "2020-01-01 00:00", "target": np.sin(np.arange(200) / 5 + i).astype("float32") + 2} for i in range(8)],
    freq="h",
)


def forecast(estimator: Any, hybridize: bool = True, **settings: Any) -> Any:
    trainer = Trainer(epochs=2, num_batches_per_epoch=5, learning_rate=1e-3, hybridize=hybridize)
    settings = {name: value for name, value in {"freq": "h", **settings}.items() if value is not None}
    predictor = estimator(prediction_length=6, trainer=trainer, **settings).train(SERIES)
    mean = next(iter(predictor.predict(SERIES))).mean
    return mean.shape, float(mean[0])


def deepar() -> Any:
    return forecast(DeepAREstimator)


def feed_forward() -> Any:
    return forecast(SimpleFeedForwardEstimator, freq=None)


def mqcnn() -> Any:
    return forecast(MQCNNEstimator, hybridize=False)


def transformer() -> Any:
    return forecast(TransformerEstimator)


def nbeats() -> Any:
    return forecast(NBEATSEstimator)


def temporal_fusion() -> Any:
    return forecast(TemporalFusionTransformerEstimator, context_length=12)


def wavenet() -> Any:
    return forecast(WaveNetEstimator)


def deep_state() -> Any:
    return forecast(DeepStateEstimator, cardinality=[1], use_feat_static_cat=False)


PATHS = [deepar, feed_forward, mqcnn, transformer, nbeats, temporal_fusion, wavenet, deep_state]
