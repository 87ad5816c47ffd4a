import numpy
import pytest

from mxnet import nd
from mxnet.gluon import nn
from remxnet.book import convolution


def images(front_end, *shape):
    values = numpy.random.RandomState(0).uniform(-1, 1, shape).astype("float32")
    return front_end.array(values)


def as_numpy(array):
    return array.asnumpy()


def test_corr2d_is_a_convolution_of_one_channel(front_end):
    X, K = images(front_end, 6, 8), images(front_end, 2, 3)
    Y = convolution.corr2d(X, K)
    wanted = nd.Convolution(
        nd.array(as_numpy(X)[None, None]), nd.array(as_numpy(K)[None, None]), kernel=(2, 3), num_filter=1, no_bias=True
    )
    assert type(Y) is type(X)
    numpy.testing.assert_allclose(as_numpy(Y), as_numpy(wanted)[0, 0], rtol=1e-5, atol=1e-6)


def test_corr2d_multi_in_out_is_a_convolution(front_end):
    X, K = images(front_end, 3, 5, 5), images(front_end, 2, 3, 2, 2)
    Y = convolution.corr2d_multi_in_out(X, K)
    wanted = nd.Convolution(
        nd.array(as_numpy(X)[None]), nd.array(as_numpy(K)), kernel=(2, 2), num_filter=2, no_bias=True
    )
    assert Y.shape == (2, 4, 4)
    numpy.testing.assert_allclose(as_numpy(Y), as_numpy(wanted)[0], rtol=1e-5, atol=1e-6)


def test_a_1x1_convolution_is_a_matrix_product(front_end):
    X, K = images(front_end, 3, 4, 5), images(front_end, 2, 3, 1, 1)
    numpy.testing.assert_allclose(
        as_numpy(convolution.corr2d_multi_in_out_1x1(X, K)),
        as_numpy(convolution.corr2d_multi_in_out(X, K)),
        rtol=1e-5,
        atol=1e-6,
    )


def test_comp_conv2d_drops_batch_and_channel():
    assert convolution.comp_conv2d(nn.Conv2D(1, kernel_size=3, padding=1, strides=2), nd.ones((8, 8))).shape == (4, 4)


@pytest.mark.parametrize(("mode", "wanted"), [("max", [[4, 5], [7, 8]]), ("avg", [[2, 3], [5, 6]])])
def test_pool2d_takes_every_window(front_end, mode, wanted):
    X = front_end.array(numpy.arange(9, dtype="float32").reshape((3, 3)))
    assert as_numpy(convolution.pool2d(X, (2, 2), mode)).tolist() == wanted


def test_pool2d_names_a_mode_it_does_not_know():
    with pytest.raises(ValueError, match="'sum' is not known; expected 'max' or 'avg'"):
        convolution.pool2d(nd.ones((3, 3)), (2, 2), "sum")
