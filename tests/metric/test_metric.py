"""Metrics: what the recorded cases cannot ask."""

import numpy as np
import pytest

import mxnet as mx

LABEL = np.array([1, 0, 1, 1], dtype=np.float32)
PRED = np.array([[0.3, 0.7], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]], dtype=np.float32)


@pytest.mark.parametrize(
    "name", ["acc", "f1", "mcc", "pcc", "ce", "nll_loss", "mse", "mae", "rmse", "pearsonr", "loss"]
)
def test_values_are_python_floats_which_print_alike_everywhere(name):
    metric = mx.metric.create(name)
    pred = PRED[:, 1] if name in ("mse", "mae", "rmse", "pearsonr") else PRED
    metric.update([mx.nd.array(LABEL)], [mx.nd.array(pred)])
    assert type(metric.get()[1]) is float
    assert "np." not in str(metric)


def test_a_function_that_returns_numpy_numbers_prints_alike_too():
    metric = mx.metric.np(lambda label, pred: np.float64(0.25))
    metric.update([mx.nd.array(LABEL)], [mx.nd.array(PRED)])
    assert str(metric) == "EvalMetric: {'custom(<lambda>)': 0.25}"


@pytest.mark.parametrize("make", [lambda array: array, mx.nd.array, lambda array: mx.nd.array(array).as_np_ndarray()])
def test_arrays_of_every_kind_are_taken(make):
    metric = mx.metric.CompositeEvalMetric(["acc", "ce", "f1"])
    metric.update([make(LABEL)], [make(PRED)])
    values = dict(metric.get_name_value())
    assert values["accuracy"] == 0.75
    assert values["f1"] == pytest.approx(0.8)
    assert values["cross-entropy"] == pytest.approx(-np.log(PRED[np.arange(4), LABEL.astype(int)]).mean())


def test_metrics_are_not_recorded_and_keep_no_graph():
    weight = mx.nd.array(PRED)
    weight.attach_grad()
    metric = mx.metric.Loss()
    with mx.autograd.record():
        metric.update(None, [weight * 2])
    assert type(metric.sum_metric) is float


def test_correlation_of_all_batches_is_that_of_their_concatenation():
    draw = np.random.default_rng(0)
    labels = draw.normal(size=(50,)) + 1000
    preds = labels * 0.5 + draw.normal(size=50)
    metric = mx.metric.PearsonCorrelation(average="micro")
    for part in np.split(np.arange(50), [7, 20, 21]):
        metric.update([mx.nd.array(labels[part])], [mx.nd.array(preds[part])])
    expected = np.corrcoef(labels.astype("float32"), preds.astype("float32"))[0, 1]
    assert metric.get()[1] == pytest.approx(expected, rel=1e-6)


def test_pcc_of_two_classes_is_mcc():
    metrics = mx.metric.PCC(), mx.metric.MCC(average="micro")
    for metric in metrics:
        metric.update([mx.nd.array(LABEL)], [mx.nd.array(PRED)])
    assert metrics[0].get()[1] == pytest.approx(metrics[1].get()[1])


def test_labels_and_predictions_that_differ_are_told_apart():
    with pytest.raises(ValueError, match="labels have length 2, predictions length 4"):
        mx.metric.Accuracy().update([mx.nd.zeros((2,))], [mx.nd.array(PRED)])


def test_an_unknown_class_is_named():
    with pytest.raises(IndexError, match="label 7 for probabilities of 2 classes"):
        mx.metric.CrossEntropy().update([mx.nd.array([0, 7])], [mx.nd.array(PRED[:2])])


def test_an_unknown_metric_is_answered_with_the_known():
    with pytest.raises(AssertionError, match="no metric is registered as 'nope'; there are .*'acc'"):
        mx.metric.create("nope")
