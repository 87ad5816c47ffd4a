"""Every loss: values, gradients, weights of all kinds, and what is refused."""

from __future__ import annotations

from fidelity.support import data, grads, tolerance

_SHAPE = (4, 3)


def _pair(low=-1.5, high=1.5, label=(0, 1), shape=_SHAPE):
    return data(shape, 1, low, high), data(shape, 2, *label)


def _signs(shape=_SHAPE):
    return data(shape, 3, 0, 2, "int32").astype("float32") * 2 - 1


_WEIGHTS = data((4, 1), 5, 0, 2)


def _regression():
    for name, make, arrays in [
        ("l2", lambda loss, **k: loss.L2Loss(**k), _pair()),
        ("l1", lambda loss, **k: loss.L1Loss(**k), _pair()),
        ("huber", lambda loss, **k: loss.HuberLoss(**k), _pair(-3, 3)),
        ("huber_of_two", lambda loss, **k: loss.HuberLoss(2, **k), _pair(-3, 3)),
        ("hinge", lambda loss, **k: loss.HingeLoss(**k), (data(_SHAPE, 1, -2, 2), _signs())),
        ("hinge_of_half", lambda loss, **k: loss.HingeLoss(0.5, **k), (data(_SHAPE, 1, -2, 2), _signs())),
        ("squared_hinge", lambda loss, **k: loss.SquaredHingeLoss(**k), (data(_SHAPE, 1, -2, 2), _signs())),
        ("logistic", lambda loss, **k: loss.LogisticLoss(**k), (data(_SHAPE, 1, -2, 2), _signs())),
        (
            "logistic_binary",
            lambda loss, **k: loss.LogisticLoss(label_format="binary", **k),
            (data(_SHAPE, 1, -2, 2), (_signs() + 1) / 2),
        ),
        ("sigmoid", lambda loss, **k: loss.SigmoidBinaryCrossEntropyLoss(**k), _pair(-4, 4)),
        ("from_sigmoid", lambda loss, **k: loss.SigmoidBCELoss(True, **k), _pair(0.1, 0.9)),
        ("softmax_dense", lambda loss, **k: loss.SoftmaxCELoss(sparse_label=False, **k), _pair()),
        ("kl", lambda loss, **k: loss.KLDivLoss(**k), _pair(-3, -0.1)),
        ("kl_of_scores", lambda loss, **k: loss.KLDivLoss(from_logits=False, **k), _pair()),
        ("poisson", lambda loss, **k: loss.PoissonNLLLoss(**k), _pair(label=(0, 5))),
        ("poisson_of_rates", lambda loss, **k: loss.PoissonNLLLoss(from_logits=False, **k), _pair(0.2, 2, (0, 5))),
    ]:
        for variant, options, more in [
            ("", {}, ()), ("_weighted", {"weight": 0.3}, ()), ("_by_sample", {}, (_WEIGHTS,)),
            ("_both", {"weight": 2.0}, (_WEIGHTS,)),
        ]:  # fmt: skip

            def case(mx, make=make, arrays=arrays, options=options, more=more):
                return grads(mx, make(mx.gluon.loss, **options), *arrays, *more)

            case.__name__ = name + variant
            # MXNet's log_softmax is off by a few 1e-6
            globals()[case.__name__] = tolerance(1e-4, 3e-5)(case) if name == "kl_of_scores" else case

        def other_axis(mx, make=make, arrays=arrays):
            return grads(mx, make(mx.gluon.loss, batch_axis=1), *arrays)

        def flat(mx, make=make, arrays=arrays):
            return grads(mx, make(mx.gluon.loss), *(a[:, 0] for a in arrays))

        globals()[f"{name}_of_another_axis"] = other_axis
        if "softmax" not in name:
            globals()[f"{name}_of_vectors"] = flat


_regression()


def labels_of_another_shape(mx):
    loss = mx.gluon.loss
    pred, label = data((4, 1), 1), data((4,), 2, 0, 1)
    return [
        grads(mx, each, pred, label)
        for each in (loss.L2Loss(), loss.L1Loss(), loss.SigmoidBCELoss(), loss.HuberLoss(), loss.HingeLoss())
    ]


def sigmoid_with_positive_weight(mx):
    loss = mx.gluon.loss
    found = []
    for from_sigmoid in (False, True):
        pred, label = _pair(0.1, 0.9)
        each = loss.SigmoidBCELoss(from_sigmoid)
        weights = data((1, 3), 7, 0.5, 2)
        found.append(grads(mx, lambda p, y, w, each=each: each(p, y, None, w), pred, label, weights))
        found.append(grads(mx, each, pred, label, _WEIGHTS, weights))
    return found


def sigmoid_far_out(mx):
    pred, label = mx.nd.array([[-200.0, 200, 0, 50]]), mx.nd.array([[1.0, 0, 1, 1]])
    return mx.gluon.loss.SigmoidBCELoss()(pred, label)


def softmax(mx):
    loss = mx.gluon.loss
    labels = data((4,), 3, 0, 3, "int32")
    return [
        grads(mx, each, data(_SHAPE, 1, -3, 3), labels)
        for each in (loss.SoftmaxCrossEntropyLoss(), loss.SoftmaxCELoss(weight=2))
    ]


def softmax_by_sample(mx):
    return grads(mx, mx.gluon.loss.SoftmaxCELoss(), data(_SHAPE, 1), data((4,), 3, 0, 3, "int32"), _WEIGHTS)


def softmax_of_log_probabilities(mx):
    return grads(
        mx, mx.gluon.loss.SoftmaxCELoss(from_logits=True), data(_SHAPE, 1, -3, -1), data((4,), 3, 0, 3, "int32")
    )


def softmax_of_images(mx):
    pred, labels = data((2, 3, 2, 2), 1), data((2, 2, 2), 3, 0, 3, "int32")
    return grads(mx, mx.gluon.loss.SoftmaxCELoss(axis=1), pred, labels)


def softmax_of_sequences(mx):
    return grads(mx, mx.gluon.loss.SoftmaxCELoss(), data((2, 4, 3), 1), data((2, 4), 3, 0, 3, "int32"))


def softmax_of_float_labels(mx):
    return grads(mx, mx.gluon.loss.SoftmaxCELoss(), data(_SHAPE, 1), data((4,), 3, 0, 3, "int32").astype("float32"))


def softmax_of_column_labels(mx):
    return grads(mx, mx.gluon.loss.SoftmaxCELoss(), data(_SHAPE, 1), data((4, 1), 3, 0, 3, "int32"))


def kl_of_another_axis(mx):
    return grads(mx, mx.gluon.loss.KLDivLoss(from_logits=False, axis=1), data((2, 3, 2), 1), data((2, 3, 2), 2, 0, 1))


def poisson_in_full(mx):
    pred, label = (mx.nd.array(a) for a in _pair(label=(0.1, 5)))
    loss = mx.gluon.loss
    return loss.PoissonNLLLoss(compute_full=True)(pred, label), loss.PoissonNLLLoss(0.5, compute_full=True)(pred, label)


def triplet(mx):
    loss = mx.gluon.loss
    arrays = [data((4, 3), seed, -2, 2) for seed in (1, 2, 3)]
    return [
        grads(mx, loss.TripletLoss(), *arrays), grads(mx, loss.TripletLoss(margin=3, weight=0.5), *arrays),
        grads(mx, loss.TripletLoss(), *(a.reshape((4, 3, 1)) for a in arrays)),
    ]  # fmt: skip


def cosine(mx):
    loss = mx.gluon.loss
    one, other, label = data((4, 3), 1), data((4, 3), 2), _signs((4,))
    return [
        grads(mx, loss.CosineEmbeddingLoss(), one, other, label),
        grads(mx, loss.CosineEmbeddingLoss(margin=0.2, weight=3), one, other, label),
        grads(mx, loss.CosineEmbeddingLoss(), one, other, label, _WEIGHTS),
    ]


def cosine_of_labels_that_are_no_signs(mx):
    label = mx.nd.array([0, 1, -1, 2])
    return mx.gluon.loss.CosineEmbeddingLoss()(mx.nd.array(data((4, 3), 1)), mx.nd.array(data((4, 3), 2)), label)


def cosine_of_nothing(mx):
    x = mx.nd.array([[0.0, 0], [1e-7, 0]])
    return mx.gluon.loss.CosineEmbeddingLoss()(x, mx.nd.array([[1.0, 2], [3e-7, 1e-8]]), mx.nd.array([1, 1]))


def deep_metric(mx):
    loss = mx.gluon.loss
    one, other = data((4, 3), 1), data((4, 3), 2)
    return [grads(mx, each, one, other) for each in (loss.SDMLLoss(), loss.SDMLLoss(0.1), loss.SDMLLoss(weight=3.0))]


@tolerance(1e-4, 1e-5)  # sums of logarithms over all alignments, in another order
def ctc(mx):
    loss = mx.gluon.loss
    pred = data((2, 6, 4), 1, -2, 2)
    label = data((2, 2), 2, 0, 3, "int32").astype("float32")
    padded = label.copy()
    padded[0, 1] = -1
    found = []
    for each, p, y in [
        (loss.CTCLoss(), pred, label), (loss.CTCLoss(weight=2.0), pred, padded),
        (loss.CTCLoss(layout="TNC", label_layout="TN"), pred.swapaxes(0, 1), label.T),
    ]:  # fmt: skip
        labels = mx.nd.array(y)
        found.append(grads(mx, lambda x, each=each, labels=labels: each(x, labels), p))
    return found


@tolerance(1e-4, 1e-5)  # as above
def ctc_of_given_lengths(mx):
    each = mx.gluon.loss.CTCLoss()
    label = data((2, 3), 2, 0, 3, "int32").astype("float32")
    lengths = [(None, [2, 3]), ([5, 6], None), ([4, 6], [1, 2])]
    found = []
    for preds, labels in lengths:
        preds = None if preds is None else mx.nd.array(preds)
        labels = None if labels is None else mx.nd.array(labels)
        y = mx.nd.array(label)
        found.append(grads(mx, lambda p, y=y, n=preds, m=labels: each(p, y, n, m), data((2, 6, 4), 1, -2, 2)))
    return found


def ctc_of_nonsense(mx):
    mx.gluon.loss.CTCLoss(layout="CNT")


def logistic_of_nonsense(mx):
    mx.gluon.loss.LogisticLoss(label_format="nonsense")


def weight_that_is_no_number(mx):
    mx.gluon.loss.L1Loss(weight="2")(mx.nd.ones((2,)), mx.nd.ones((2,)))


def labels_that_do_not_fit(mx):
    mx.gluon.loss.L2Loss()(mx.nd.ones((2, 3)), mx.nd.ones((2, 2))).asnumpy()


def sample_weights_that_do_not_fit(mx):
    mx.gluon.loss.L2Loss()(mx.nd.ones((2, 3)), mx.nd.ones((2, 3)), mx.nd.ones((3,))).asnumpy()


def helpers(mx):
    from mxnet.gluon import loss

    x, w = mx.nd.array(data((2, 3))), mx.nd.array(data((2, 1), 1))
    return (
        loss._apply_weighting(mx.nd, x, 2.0, w), loss._apply_weighting(mx.nd, x), loss._apply_weighting(mx.nd, x, 3),
        loss._reshape_like(mx.nd, x, mx.nd.ones((3, 2))),
    )  # fmt: skip


def own_loss(mx):
    class Cubed(mx.gluon.loss.Loss):
        def __init__(self, weight=None, batch_axis=0, **kwargs):
            super().__init__(weight, batch_axis, **kwargs)

        def hybrid_forward(self, F, pred, label):
            return F.mean(F.abs(pred - label) ** 3, axis=self._batch_axis, exclude=True)

    return grads(mx, Cubed(), *_pair()), str(Cubed(2))


def hybridized(mx):
    loss = mx.gluon.loss
    found = []
    for each in (loss.L2Loss(), loss.SigmoidBCELoss(), loss.HuberLoss()):
        each.hybridize()
        found.append(grads(mx, each, *_pair(), _WEIGHTS))
    return found


def under_numpy_semantics(mx):
    mx.npx.set_np()
    loss = mx.gluon.loss
    found = [grads(mx, each, *_pair(0.1, 0.9)) for each in (loss.L2Loss(), loss.L1Loss(), loss.SigmoidBCELoss())]
    found.append(grads(mx, loss.SoftmaxCELoss(), data(_SHAPE, 1), data((4,), 3, 0, 3, "int32")))
    found.append(grads(mx, loss.SoftmaxCELoss(sparse_label=False), *_pair()))
    found.append(grads(mx, loss.L2Loss(), *(a[:, 0] for a in _pair())))
    return found
