import numpy
import pytest

import mxnet as mx
from mxnet import gluon
from mxnet.gluon import nn
from remxnet.errors import InputError
from remxnet.report.evaluation import evaluate


class Scores(nn.HybridBlock):
    """Gives the image's pixels as scores."""

    def hybrid_forward(self, F, x):
        return x.reshape((0, -1))


def batches(scores, labels, size=2):
    images = mx.nd.array(numpy.array(scores, "float32").reshape(len(scores), 1, 1, -1))
    return gluon.data.DataLoader(gluon.data.ArrayDataset(images, mx.nd.array(labels)), size)


def test_confusions_are_counted_by_truth_and_prediction():
    found = evaluate(Scores(), batches([[3, 0, 0], [0, 3, 0], [0, 3, 0], [0, 0, 3], [9, 0, 0]], [0, 1, 2, 2, 2]), 3)
    assert found.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 1]]
    assert found.images == 5
    assert found.accuracy == 0.6
    assert found.frequent_confusions() == [(2, 0, 1), (2, 1, 1)]


def test_the_most_confident_mistakes_come_first():
    found = evaluate(Scores(), batches([[1, 0], [5, 0], [3, 0], [0, 2]], [1, 1, 1, 1]), 2, mistakes=2)
    assert [one.image.ravel().tolist() for one in found.mistakes] == [[5, 0], [3, 0]]
    first = found.mistakes[0]
    assert (first.true, first.predicted) == (1, 0)
    assert first.confidence == pytest.approx(1 / (1 + numpy.exp(-5)), rel=1e-5)
    assert first.confidence_in_truth == pytest.approx(1 - first.confidence, rel=1e-3)
    assert found.example.ravel().tolist() == [0, 2]  # the first that was recognised
    assert found.example_label == 1


def test_without_a_recognised_image_the_first_is_the_example():
    found = evaluate(Scores(), batches([[1, 0], [2, 0]], [1, 1]), 2)
    assert found.example.ravel().tolist() == [1, 0]
    assert found.accuracy == 0


@pytest.mark.parametrize(
    ("labels", "classes", "complaint"),
    [([0, 2], 2, "a label 2; expected 0 to 1"), ([0, 1], 3, r"gives \(2,\) for an image; expected 3 scores")],
)
def test_what_does_not_fit_is_said(labels, classes, complaint):
    with pytest.raises(InputError, match=complaint):
        evaluate(Scores(), batches([[1, 0], [2, 0]], labels), classes)


def test_no_images_are_an_error():
    with pytest.raises(InputError, match="no test images"):
        evaluate(Scores(), [], 2)
