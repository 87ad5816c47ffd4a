"""Anchor boxes: where they lie, what they are to learn, and what was detected with them."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import case, outcomes


def _boxes(count, seed, grid=None):
    """Boxes by their corners; on a grid many of them overlap equally."""
    ends = data((count, 2, 2), seed, low=0)
    if grid:
        ends = np.round(ends * grid) / np.float32(grid)
    return np.concatenate([ends.min(1), ends.max(1)], 1).astype("float32")


def _labels(images, objects, seed, grid=None, width=5, classes=4):
    """Classes and boxes of as many objects as the image's number says, then rows of -1."""
    label = np.full((images, objects, width), -1, "float32")
    for image in range(images):
        count = image % (objects + 1)
        label[image, :count, 0] = data(count, seed + image, 0, classes, "int32")
        label[image, :count, 1:5] = _boxes(count, seed + image, grid) if count else 0
    return label


def _prior(mx, shape=(2, 3, 4, 5), **attributes):
    return mx.nd.contrib.MultiBoxPrior(mx.nd.zeros(shape), **attributes)


def prior(mx):
    return [
        _prior(mx),
        _prior(mx, sizes=(0.75, 0.5, 0.25), ratios=(1, 2, 0.5)),
        _prior(mx, sizes=0.3, ratios=(2, 0.5)),
        _prior(mx, sizes=(0.75, 0.5), ratios=(1, 3), clip=True),
        _prior(mx, steps=(0.1, 0.3), offsets=(0, 1)),
        _prior(mx, steps=(0, 0)),
        _prior(mx, steps=(0.5, 0)),
        _prior(mx, sizes="(0.2, 0.1)", ratios=(0.1,), offsets=(0.3, 0.8)),
        _prior(mx, shape=(1, 2, 3, 2, 5)),
        _prior(mx, sizes=(0.5, -0.5, 0), ratios=(-1, 0, 2)),
        _prior(mx, sizes=(0.5, -0.5, 0), ratios=(-1, 0, 2), clip=True),
    ]


def prior_has_no_gradient(mx):
    return grads(mx, mx.nd.contrib.MultiBoxPrior, data((1, 2, 2, 3)))


def prior_by_numpys_name(mx):
    mx.npx.set_np()
    try:
        return mx.npx.multibox_prior(mx.np.zeros((1, 2, 2, 3)), sizes=(0.5, 0.2), ratios=(1, 2))
    finally:
        mx.npx.reset_np()


def prior_wrong_arguments(mx):
    x = mx.nd.zeros((1, 2, 2, 3))
    call = mx.nd.contrib.MultiBoxPrior
    return outcomes(
        lambda: call(x[0]),
        lambda: call(x.astype("float64")),
        lambda: call(x.astype("int32")),
        lambda: call(x, sizes=()),
        lambda: call(x, ratios=()),
        lambda: call(x, steps=(0.1,)),
        lambda: call(x, steps=(0.1, -0.1)),
        lambda: call(x, offsets=(1, 2, 3)),
        lambda: call(x, sizes="large"),
    )


def _target(mx, anchors, labels, scores, **attributes):
    return grads(mx, lambda *all: mx.nd.contrib.MultiBoxTarget(*all, **attributes), anchors, labels, scores)


def _targets(name, anchors, labels, scores, **attributes):
    return case(name, lambda mx: _target(mx, anchors[None], labels, scores, **attributes))


for _grid in (None, 4):
    for _name, _attributes in {
        "": {},
        "_of_a_low_threshold": {"overlap_threshold": 0.1, "ignore_label": 7},
        "_of_the_best_alone": {"overlap_threshold": 0.0, "variances": (0.2, 0.1, 0.3, 0.5)},
        "_with_negative_mining": {"overlap_threshold": 0.4, "negative_mining_ratio": 2, "ignore_label": -3},
        "_with_few_negatives": {"negative_mining_ratio": 0.4, "minimum_negative_samples": 4},
        "_with_negatives_far_away": {"negative_mining_ratio": 1, "negative_mining_thresh": 0.2},
    }.items():
        _case = f"target{_name}{'_with_ties' if _grid else ''}"
        globals()[_case] = _targets(
            _case,
            _boxes(40, 1, _grid),
            _labels(5, 4, 3, _grid),
            np.round(data((5, 3, 40), 2, -3, 3)) if _grid else data((5, 3, 40), 2),
            **_attributes,
        )


def target_without_objects(mx):
    return _target(mx, _boxes(6, 1)[None], np.full((2, 3, 5), -1, "float32"), data((2, 3, 6), 2), ignore_label=9)


def target_of_wider_labels(mx):
    labels = _labels(3, 2, 3, width=8)
    labels[2, :, 5:] = 0.5
    return _target(mx, _boxes(9, 1)[None], labels, data((3, 2, 9), 2))


def target_ends_at_the_first_row_of_minus_one(mx):
    labels = _labels(4, 3, 3)
    labels[1, 2] = [2, 0.1, 0.1, 0.8, 0.8]
    return _target(mx, _boxes(9, 1)[None], labels, data((4, 2, 9), 2))


def target_of_odd_boxes(mx):
    labels = np.array(
        [[[1.5, 0.2, 0.2, 0.6, 0.7], [-3, 0.6, 0.6, 0.2, 0.3], [0, 0.5, 0.5, 0.5, 0.5], [2, 0, np.nan, 1, 1]]],
        "float32",
    )
    anchors = np.concatenate([_boxes(8, 1), _boxes(2, 4)[:, [2, 3, 0, 1]], np.full((1, 4), np.nan)]).astype("float32")
    return _target(mx, anchors[None], labels, np.full((1, 3, 11), np.nan, "float32"), negative_mining_ratio=1)


def target_wrong_arguments(mx):
    anchors, labels, scores = (mx.nd.array(x) for x in (_boxes(6, 1)[None], _labels(2, 3, 3), data((2, 3, 6), 2)))
    padded = labels.asnumpy()
    padded[1, 1, 1:] = 0
    call = mx.nd.contrib.MultiBoxTarget
    return outcomes(
        lambda: call(anchors[0], labels, scores)[2],
        lambda: call(anchors.broadcast_to((2, 6, 4)), labels, scores)[2],
        lambda: call(anchors, labels[0], scores)[2],
        lambda: call(anchors, labels[:, :, :4], scores)[2],
        lambda: call(anchors, labels, scores[0])[2],
        lambda: call(anchors, labels, scores[:, :, 1:])[2],
        lambda: call(*(x.astype("float64") for x in (anchors, labels, scores)))[2],
        lambda: call(*(x.astype("float16") for x in (anchors, labels, scores)))[2],
        lambda: call(anchors, labels, scores, variances=(1, 1, 1))[2],
        lambda: call(anchors, labels, scores, negative_mining_ratio=1, negative_mining_thresh=0)[2],
        lambda: call(anchors, labels, scores, negative_mining_ratio=9, negative_mining_thresh=0.01)[2],
        lambda: call(anchors, mx.nd.array(padded), scores)[2],
    )


def _detected(mx, scores, steps, anchors, **attributes):
    def call(*all):
        return mx.nd.contrib.MultiBoxDetection(*all, **attributes)

    return grads(mx, call, scores, steps, anchors[None])


def _probabilities(shape, seed, rounded):
    scores = data(shape, seed, low=0)
    scores /= scores.sum(1, keepdims=True)
    return (np.round(scores * 8) / np.float32(8) if rounded else scores).astype("float32")


def _detections(name, scores, steps, anchors, **attributes):
    return case(name, lambda mx: _detected(mx, scores, steps, anchors, **attributes))


for _grid in (None, 4):
    for _name, _attributes in {
        "": {},
        "_of_high_probability": {"threshold": 0.5, "nms_threshold": 0.3},
        "_of_all_classes_together": {"force_suppress": True, "nms_threshold": 0.2, "variances": (0.2, 0.1, 0.5, 0.1)},
        "_of_the_best": {"nms_topk": 5, "clip": False, "background_id": 1},
        "_unsorted": {"nms_threshold": 0, "threshold": 0.4},
        "_of_equal_boxes": {"nms_threshold": 1.0, "nms_topk": 0},
        "_unsuppressed": {"nms_threshold": 1.5, "nms_topk": 2},
        "_of_nothing": {"threshold": 1.5},
    }.items():
        _case = f"detection{_name}{'_with_ties' if _grid else ''}"
        globals()[_case] = _detections(
            _case,
            _probabilities((2, 4, 24), 1, _grid),
            data((2, 96), 2, -2 * (not _grid), 2 * (not _grid)),
            _boxes(24, 3, _grid),
            **_attributes,
        )


def detection_of_odd_numbers(mx):
    scores, anchors = _probabilities((1, 3, 8), 1, False), _boxes(8, 3)
    scores[0, 1, 2], scores[0, 2, 3], scores[0, :, 4], scores[0, 1, 5] = np.nan, np.inf, -2, -np.inf
    anchors[6, 1] = np.nan
    steps = data((1, 32), 2, -1, 1)
    steps[0, 6], steps[0, 1] = np.inf, np.nan
    return [_detected(mx, scores, steps, anchors, clip=clip, threshold=-9) for clip in (True, False)]


def detection_of_background_alone(mx):
    return _detected(mx, np.ones((2, 1, 3), "float32"), np.zeros((2, 12), "float32"), _boxes(3, 1))


def detection_wrong_arguments(mx):
    scores, steps, anchors = (
        mx.nd.array(x) for x in (_probabilities((2, 3, 6), 1, False), data((2, 24), 2), _boxes(6, 3)[None])
    )
    call = mx.nd.contrib.MultiBoxDetection
    return outcomes(
        lambda: call(scores[0], steps, anchors),
        lambda: call(scores, steps.reshape((2, 6, 4)), anchors),
        lambda: call(scores, steps[:, 1:], anchors),
        lambda: call(scores, steps, anchors[0]),
        lambda: call(scores, steps, anchors[:, 1:]),
        lambda: call(*(x.astype("float64") for x in (scores, steps, anchors))),
        lambda: call(scores, steps, anchors, variances=(1, 1)),
    )


# --- a small SSD ---------------------------------------------------------------------------------------------------

_SIZES, _RATIOS = ((0.2, 0.3), (0.5, 0.6), (0.8, 0.9)), (1, 2, 0.5)


def _tiny(mx, classes):
    """A network for detection as courses build it: features at three scales, two predictors and anchors at each."""
    nn = mx.gluon.nn

    def half(channels):
        block = nn.HybridSequential()
        for _ in range(2):
            block.add(nn.Conv2D(channels, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"))
        block.add(nn.MaxPool2D(2))
        return block

    class Detector(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            anchors = len(_SIZES[0]) + len(_RATIOS) - 1
            with self.name_scope():
                for scale, stage in enumerate((half(4), half(8), nn.GlobalMaxPool2D())):
                    setattr(self, f"stage{scale}", stage)
                    setattr(self, f"scores{scale}", nn.Conv2D(anchors * (classes + 1), 3, padding=1))
                    setattr(self, f"steps{scale}", nn.Conv2D(anchors * 4, 3, padding=1))

        def hybrid_forward(self, F, x):
            def flat(y):
                return F.flatten(F.transpose(y, axes=(0, 2, 3, 1)))

            anchors, scores, steps = [], [], []
            for scale, sizes in enumerate(_SIZES):
                x = getattr(self, f"stage{scale}")(x)
                anchors.append(F.contrib.MultiBoxPrior(x, sizes=sizes, ratios=_RATIOS))
                scores.append(flat(getattr(self, f"scores{scale}")(x)))
                steps.append(flat(getattr(self, f"steps{scale}")(x)))
            scores = F.reshape(F.concat(*scores, dim=1), shape=(0, -1, classes + 1))
            return F.concat(*anchors, dim=1), scores, F.concat(*steps, dim=1)

    return Detector()


def _trained(mx, hybridized, batches, mining=False):
    """Losses of a few batches, and what is detected after them."""
    mx.random.seed(1)
    net = _tiny(mx, classes=2)
    net.initialize(mx.init.Xavier())
    if hybridized:
        net.hybridize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "wd": 5e-4})
    of_classes, of_steps = mx.gluon.loss.SoftmaxCrossEntropyLoss(), mx.gluon.loss.L1Loss()
    attributes = {"negative_mining_ratio": 3, "ignore_label": -1} if mining else {}
    losses = []
    for number in range(batches):
        x = mx.nd.array(data((4, 3, 16, 16), number))
        labels = mx.nd.array(_labels(5, 3, 5 * number, classes=2)[1:])
        with mx.autograd.record():
            anchors, scores, steps = net(x)
            targets = mx.nd.contrib.MultiBoxTarget(anchors, labels, scores.transpose((0, 2, 1)), **attributes)
            learned = (targets[2] >= 0).expand_dims(2) if mining else None
            loss = of_classes(scores, targets[2], learned) + of_steps(steps * targets[1], targets[0] * targets[1])
        loss.backward()
        trainer.step(4)
        losses.append(loss)
    anchors, scores, steps = net(x)
    found = mx.nd.contrib.MultiBoxDetection(
        mx.nd.softmax(scores).transpose((0, 2, 1)), steps, anchors, nms_threshold=0.3, threshold=0.2
    )
    return {"losses": losses, "found": found}


def small_detector(mx):
    return _trained(mx, hybridized=True, batches=20)


def small_detector_with_negative_mining(mx):
    return _trained(mx, hybridized=False, batches=5, mining=True)


def small_detector_as_a_graph(mx):
    """Targets and losses in one graph, as the symbolic programs have them, and its file."""
    x, label = mx.sym.Variable("data"), mx.sym.Variable("label")
    features = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), stride=(2, 2), num_filter=4, name="features")
    anchors = mx.sym.contrib.MultiBoxPrior(features, sizes=(0.4, 0.7), ratios=(1, 2), clip=True, name="anchors")
    scores, steps = (
        mx.sym.transpose(mx.sym.Convolution(features, kernel=(3, 3), pad=(1, 1), num_filter=n, name=name), (0, 2, 3, 1))
        for name, n in (("scores", 9), ("steps", 12))
    )
    scores = mx.sym.transpose(mx.sym.reshape(scores, shape=(0, -1, 3)), (0, 2, 1))
    target = mx.sym.contrib.MultiBoxTarget(
        anchors, label, scores, negative_mining_ratio=3, negative_mining_thresh=0.5, variances=(0.1, 0.1, 0.2, 0.2),
        name="target",
    )  # fmt: skip
    classes = mx.sym.SoftmaxOutput(
        scores, target[2], ignore_label=-1, use_ignore=True, multi_output=True, normalization="valid", name="classes"
    )
    distance = mx.sym.smooth_l1(target[1] * (mx.sym.flatten(steps) - target[0]), scalar=1.0)
    found = mx.sym.contrib.MultiBoxDetection(classes, mx.sym.flatten(steps), anchors, name="found")
    net = mx.sym.Group(
        [
            classes,
            mx.sym.MakeLoss(distance, grad_scale=1.0, normalization="valid", name="distance"),
            mx.sym.MakeLoss(target[2], grad_scale=0, name="label_of_anchors"),
            mx.sym.BlockGrad(found, name="detections"),
        ]
    )
    again = mx.sym.load_json(net.tojson())
    executor = again.simple_bind(mx.cpu(), data=(2, 3, 8, 8), label=(2, 3, 5))
    for place, name in enumerate(sorted(executor.arg_dict)):
        executor.arg_dict[name][:] = data(executor.arg_dict[name].shape, place, -0.5, 0.5)
    executor.arg_dict["label"][:] = _labels(3, 3, 4, classes=2)[1:]
    outputs = executor.forward(is_train=True)
    executor.backward()
    gradients = {name: gradient for name, gradient in executor.grad_dict.items() if name != "label"}
    return {
        "out": outputs,
        "grads": gradients,
        "names": again.list_outputs(),
        "shapes": again.infer_shape(data=(2, 3, 8, 8), label=(2, 3, 5))[1],
    }
