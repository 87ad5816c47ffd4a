import numpy

import mxnet as mx
from mxnet import autograd, nd
from remxnet.book import linear


def test_a_line_is_learned_from_scratch(front_end):
    mx.random.seed(1)
    numpy.random.seed(1)
    true_w = front_end.array([2.0, -3.4])
    features, labels = linear.synthetic_data(true_w, 4.2, 200)
    assert features.shape == (200, 2)
    w, b = front_end.zeros((2, 1)), front_end.zeros((1,))
    for parameter in (w, b):
        parameter.attach_grad()
    for _ in range(10):
        for X, y in linear.load_array((features, labels), 20):
            with autograd.record():
                loss = linear.squared_loss(linear.linreg(X, w, b), y)
            loss.backward()
            linear.sgd([w, b], 0.1, X.shape[0])
    numpy.testing.assert_allclose(w.asnumpy().ravel(), [2.0, -3.4], atol=0.02)
    numpy.testing.assert_allclose(b.asnumpy(), [4.2], atol=0.02)


def test_the_two_steps_differ_by_the_batch_size():
    first, second = nd.ones((2,)), nd.ones((2,))
    for parameter, step in ((first, lambda p: linear.sgd(p, 0.5, 4)), (second, lambda p: linear.sgd_of_sums(p, 0.125))):
        parameter.attach_grad()
        with autograd.record():
            loss = (parameter * parameter).sum()
        loss.backward()
        step([parameter])
    assert first.asnumpy().tolist() == second.asnumpy().tolist() == [0.75, 0.75]


def test_cross_entropy_of_softmax(front_end):
    scores = front_end.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    loss = linear.cross_entropy(linear.softmax(scores), front_end.array([2, 0]))
    numpy.testing.assert_allclose(loss.asnumpy(), [0.4076, numpy.log(3)], rtol=1e-4)


def test_relu(front_end):
    assert linear.relu(front_end.array([-1.0, 0.0, 2.0])).asnumpy().tolist() == [0.0, 0.0, 2.0]
