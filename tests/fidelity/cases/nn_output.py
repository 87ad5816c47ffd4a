"""Outputs with gradients of their own: SoftmaxOutput, the regressions, SVMOutput, MakeLoss, BlockGrad."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import array, outcomes


def _softmax(mx, scores, labels, **attributes):
    return grads(mx, lambda x, y: mx.nd.SoftmaxOutput(x, y, **attributes), scores, np.array(labels, "float32"))


SCORES = data((4, 3), 1, -3, 3)
IMAGES = data((2, 3, 2, 4), 1, -3, 3)
MAPS = np.array([[[0, 1, 2, 1], [2, 2, 0, 1]], [[1, 1, 0, 0], [2, 0, 1, 2]]])


def softmax(mx):
    return [_softmax(mx, SCORES, [0, 2, 1, 2]), _softmax(mx, SCORES, [0, 2, 1, 2], grad_scale=0.25)]


def softmax_normalization(mx):
    return [_softmax(mx, SCORES, [0, 2, 1, 2], normalization=n) for n in ("null", "batch", "valid")]


def softmax_with_ignored_labels(mx):
    found = []
    for normalization in ("null", "batch", "valid"):
        options = {"use_ignore": True, "normalization": normalization}
        found.append(_softmax(mx, SCORES, [0, -1, 1, -1], **options))
        found.append(_softmax(mx, SCORES, [0, 2, 1, 2], ignore_label=2, **options))
    found.append(_softmax(mx, SCORES, [0, 2, 1, 2], ignore_label=2))
    return found


def softmax_smoothed(mx):
    return [_softmax(mx, SCORES, [0, 2, 1, 2], smooth_alpha=a) for a in (0.1, 0.5)]


def softmax_times_the_gradient_behind(mx):
    return _softmax(mx, SCORES, [0, 2, 1, 2], out_grad=True)


def softmax_multi_output(mx):
    found = []
    for normalization in ("null", "batch", "valid"):
        found.append(_softmax(mx, IMAGES, MAPS, multi_output=True, normalization=normalization))
    found.append(_softmax(mx, IMAGES, MAPS.reshape(2, -1), multi_output=True))
    found.append(_softmax(mx, IMAGES, MAPS[:, None], multi_output=True))
    found.append(_softmax(mx, IMAGES, data(IMAGES.shape, 3, 0, 1), multi_output=True))
    found.append(_softmax(mx, IMAGES, MAPS, multi_output=True, use_ignore=True, ignore_label=0, normalization="valid"))
    found.append(_softmax(mx, IMAGES[:, :, 0], MAPS[:, 0], multi_output=True, grad_scale=2))
    return found


def softmax_that_preserves_the_shape(mx):
    scores = data((2, 4, 3), 1, -3, 3)
    return [
        _softmax(mx, scores, MAPS[:, 0], preserve_shape=True),
        _softmax(mx, scores, MAPS[:, 0], preserve_shape=True, normalization="valid"),
        _softmax(mx, scores, MAPS[:, 0], preserve_shape=True, use_ignore=True, ignore_label=1, normalization="valid"),
    ]


def softmax_of_probabilities(mx):
    target = data((4, 3), 2, 0, 1)
    return [_softmax(mx, SCORES, target), _softmax(mx, SCORES, target, grad_scale=0.5)]


def softmax_of_flattened_scores(mx):
    return _softmax(mx, data((2, 3, 2), 1, -3, 3), [[0, 1, 2], [1, 2, 0]])


def softmax_in_prediction_mode(mx):
    return mx.nd.SoftmaxOutput(mx.nd.array(SCORES), array(mx, [0, 2, 1, 2]))


def softmax_double_precision(mx):
    labels = np.array([0, 2, 1, 2], "float64")
    return grads(mx, lambda x, y: mx.nd.SoftmaxOutput(x, y), SCORES.astype("float64"), labels)


def softmax_wrong_arguments(mx):
    x = mx.nd.ones((4, 3))
    return outcomes(
        lambda: mx.nd.SoftmaxOutput(x, mx.nd.ones((3,))),
        lambda: mx.nd.SoftmaxOutput(x, mx.nd.ones((4, 2))),
        lambda: mx.nd.SoftmaxOutput(mx.nd.ones((2, 3, 2, 4)), mx.nd.ones((16,)), multi_output=True),
        lambda: mx.nd.SoftmaxOutput(mx.nd.ones((2, 3, 2, 4)), mx.nd.ones((16,))),
        lambda: mx.nd.SoftmaxOutput(x, mx.nd.ones((4,)), normalization="mean"),
        lambda: mx.nd.SoftmaxOutput(x, mx.nd.ones((4,)), grad_scale="big"),
    )


def regressions(mx):
    found = []
    for name in ("LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput"):
        for shape in ((4,), (4, 3), (2, 3, 2)):
            for scale in (1.0, 0.5):
                arrays = data(shape, 1), data(shape, 2)
                found.append(grads(mx, lambda x, y, n=name, s=scale: getattr(mx.nd, n)(x, y, grad_scale=s), *arrays))
    return found


def regression_on_one_column(mx):
    names = ("LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput")
    return [grads(mx, lambda x, y, n=n: getattr(mx.nd, n)(x, y), data((4, 1), 1), data((4,), 2)) for n in names]


def regression_wrong_arguments(mx):
    return outcomes(
        lambda: mx.nd.LinearRegressionOutput(mx.nd.ones((4, 3)), mx.nd.ones((4,))),
        lambda: mx.nd.LinearRegressionOutput(mx.nd.ones((4, 3)), mx.nd.ones((12,))),
    )


def support_vectors(mx):
    found = []
    for linear in (False, True):
        for options in ({}, {"margin": 0.5}, {"regularization_coefficient": 0.3, "margin": 2.0}):
            found.append(
                grads(
                    mx,
                    lambda x, y, o=options, u=linear: mx.nd.SVMOutput(x, y, use_linear=u, **o),
                    SCORES,
                    np.array([0, 2, 1, 2], "float32"),
                )
            )
    return found


def losses(mx):
    x = data((3, 4), 1)
    options = (
        {},
        {"grad_scale": 0.5},
        {"normalization": "batch"},
        {"normalization": "valid"},
        {"normalization": "valid", "valid_thresh": 0.5, "grad_scale": 3},
    )
    return [grads(mx, lambda a, o=o: mx.nd.MakeLoss(a, **o), x) for o in options]


def losses_plain(mx):
    return grads(mx, mx.nd.make_loss, data((3, 4), 1))


def blocked_gradients(mx):
    return [
        grads(mx, lambda a: mx.nd.BlockGrad(a * 2) * a, data((3, 4), 1)),
        grads(mx, lambda a: mx.nd.stop_gradient(a) + a * a, data((3, 4), 1)),
    ]


def blocked_gradients_alone(mx):
    return grads(mx, mx.nd.BlockGrad, data((3, 4), 1))


def sparse_activations(mx):
    """MXNet takes the running mean in graphs only."""
    return mx.nd.IdentityAttachKLSparseReg(mx.nd.array(data((3, 4), 1, 0.1, 0.9)), mx.nd.ones((4,)) / 2)
