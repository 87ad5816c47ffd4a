"""Proposed regions, features of regions of which every field has channels of its own, boxes and anchors."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcomes

# image, left, top, right, bottom: ordinary ones, one of a single element, ones that lead outside, one turned inside out
REGIONS = np.array(
    [
        [0, 0, 0, 3, 3],
        [1, 1, 1, 6, 4],
        [0, 2, 3, 2.5, 3.2],
        [1, 5, 4, 20, 20],
        [0, -3, -2.5, 2.5, 2.7],
        [1, 5, 5, 2, 1],
    ],
    "float32",
)


# --- boxes and anchors -------------------------------------------------------------------------------------------


def _boxes(shape, seed):
    ends = data((*shape, 2, 2), seed, 0, 9)
    return np.concatenate([ends.min(-2), ends.max(-2)], -1)


def encoded(mx):
    samples = np.array([[1, -1, 0.6, 0.5, 0.51], [0, 1, 1, 1, -1]], "float32")
    matches = np.array([[0, 1, 2, 9, 2], [-1, 2, 1, 0, 0]], "float32")
    arrays = (samples, matches, _boxes((2, 5), 1), _boxes((2, 3), 2), data(4, 3), data(4, 4, 0.1, 1))
    return [
        grads(mx, mx.nd.contrib.box_encode, *arrays),
        mx.nd.contrib.box_encode(*(mx.nd.array(x, dtype="float64") for x in arrays)),
    ]


def decoded(mx):
    def run(**attributes):
        def call(x, anchors):
            return mx.nd.contrib.box_decode(x, anchors, **attributes)

        return grads(mx, call, data((2, 5, 4), 1, -2, 2), _boxes((1, 5), 2))

    return [
        run(),
        run(format="corner"),
        run(std0=0.1, std1=0.2, std2=0.3, std3=0.4, format="corner"),
        run(clip=0.5),
        run(clip=0),
    ]


@tolerance(5e-3, 5e-3)  # float16
def decoded_in_halves(mx):
    return mx.nd.contrib.box_decode(array(mx, data((1, 5, 4), 1), "float16"), array(mx, _boxes((1, 5), 2), "float16"))


def boxes_and_anchors_wrong_arguments(mx):
    samples, matches = mx.nd.ones((2, 5)), mx.nd.zeros((2, 5))
    anchors, refs, means, stds = mx.nd.ones((2, 5, 4)), mx.nd.ones((2, 3, 4)), mx.nd.zeros(4), mx.nd.ones(4)
    encode, decode = mx.nd.contrib.box_encode, mx.nd.contrib.box_decode
    return outcomes(
        lambda: encode(samples[0], matches, anchors, refs, means, stds)[0],
        lambda: encode(samples, matches[:, 1:], anchors, refs, means, stds)[0],
        lambda: encode(samples, matches, anchors[:, 1:], refs, means, stds)[0],
        lambda: encode(samples, matches, anchors[:, :, 1:], refs, means, stds)[0],
        lambda: encode(samples, matches, anchors, refs.astype("float64"), means, stds)[0],
        lambda: encode(samples, matches, anchors, refs, means[1:], stds)[0],
        lambda: decode(anchors, refs[:1]),
        lambda: decode(anchors, anchors),
        lambda: decode(anchors[0], anchors[:1]),
        lambda: decode(anchors[:, :, 1:], anchors[:1]),
        lambda: decode(anchors.astype("int32"), anchors[:1].astype("int32")),
        lambda: decode(anchors, anchors[:1], format="edges"),
    )


def matched(mx):
    scores = data((3, 5, 4), 1, low=0)
    ties = np.round(scores * 4) / np.float32(4)

    def run(x, **attributes):
        return grads(mx, lambda x: mx.nd.contrib.bipartite_matching(x, **attributes), x)

    return [
        run(scores, threshold=0.1),
        run(scores, threshold=0.6, is_ascend=True),
        run(scores, threshold=0.5, topk=2),
        run(ties, threshold=0.25),
        run(ties, threshold=0.75, is_ascend=True, topk=1),
        run(ties.transpose(0, 2, 1), threshold=-1),
        run(ties[0], threshold=1),
        mx.nd.contrib.bipartite_matching(mx.nd.array(scores, dtype="float64"), threshold=0.3),
    ]


def matched_wrong_arguments(mx):
    scores, match = mx.nd.ones((2, 3)), mx.nd.contrib.bipartite_matching
    return outcomes(
        lambda: match(scores)[0],
        lambda: match(scores[0], threshold=1)[0],
        lambda: match(scores.astype("int32"), threshold=0),
    )


# --- proposals ---------------------------------------------------------------------------------------------------


def _proposed(
    mx, name, images=1, scales=(4, 8), ratios=(0.5, 1, 2), size=(3, 4), info=(48, 64, 1), rounded=False, **given
):
    count = len(scales) * len(ratios)
    scores = data((images, 2 * count, *size), 1, low=0)
    scores = np.round(scores * 5) / np.float32(5) if rounded else scores
    steps = data((images, 4 * count, *size), 2, -0.4, 0.4) * np.float32(10 if given.get("iou_loss") else 1)
    sizes = np.array([info] * images, "float32")

    def call(*arrays):
        return getattr(mx.nd.contrib, name)(*arrays, scales=scales, ratios=ratios, **given)

    return grads(mx, call, scores, steps, sizes)


def proposed(mx):
    return [
        _proposed(mx, "Proposal", rpn_post_nms_top_n=12),
        _proposed(mx, "Proposal", rpn_pre_nms_top_n=9, rpn_post_nms_top_n=20, output_score=True, threshold=0.3),
        _proposed(mx, "Proposal", rpn_post_nms_top_n=30, rpn_min_size=40, output_score=True, rounded=True),
        _proposed(mx, "Proposal", rpn_post_nms_top_n=8, info=(30, 40, 2), rpn_min_size=5, iou_loss=True),
        _proposed(mx, "Proposal", rpn_pre_nms_top_n=-1, rpn_post_nms_top_n=9, feature_stride=8, info=(24, 32, 0.5)),
        _proposed(mx, "Proposal", 1, (4, 8, 16, 32), rpn_post_nms_top_n=5, threshold=1.0, rpn_min_size=0),
    ]


def proposed_for_several_images(mx):
    return [
        _proposed(mx, "MultiProposal", 2, rpn_post_nms_top_n=10, output_score=True),
        _proposed(mx, "MultiProposal", 3, (2.5,), (0.7,), rpn_post_nms_top_n=6, rounded=True),
    ]


def proposed_wrong_arguments(mx):
    scores, steps, sizes = mx.nd.ones((2, 24, 3, 4)), mx.nd.zeros((2, 48, 3, 4)), mx.nd.array([[48, 64, 1]] * 2)
    one, several = mx.nd.contrib.Proposal, mx.nd.contrib.MultiProposal
    return outcomes(
        lambda: one(scores, steps, sizes),
        lambda: several(scores[0], steps, sizes),
        lambda: several(scores[:, 4:], steps, sizes),
        lambda: several(scores, steps[:, 4:], sizes),
        lambda: several(scores, steps, sizes[:1]),
        lambda: several(scores, steps, sizes[:, :2]),
        lambda: several(*(x.astype("float64") for x in (scores, steps, sizes))),
    )


# --- features of regions -----------------------------------------------------------------------------------------


def position_sensitive(mx):
    def run(output_dim, pooled_size, group_size, scale=1.0):
        def call(x, rois):
            return mx.nd.contrib.PSROIPooling(
                x, rois, spatial_scale=scale, output_dim=output_dim, pooled_size=pooled_size, group_size=group_size
            )

        return grads(mx, call, data((2, output_dim * (group_size or pooled_size) ** 2, 6, 8), 1), REGIONS)

    return [run(2, 2, 0), run(1, 3, 3, 0.5), run(2, 3, 2), run(3, 1, 1, 0.7), run(1, 2, 3)]


def position_sensitive_and_moved(mx):
    def run(output_dim, pooled_size, group_size, scale=1.0, classes=1, **attributes):
        parts = attributes.get("part_size") or pooled_size
        arrays = [data((2, output_dim * group_size**2, 6, 8), 1), REGIONS]
        if not attributes.get("no_trans"):
            arrays.append(data((len(REGIONS), 2 * classes, parts, parts), 2, -2, 2))

        def call(*inputs):
            return mx.nd.contrib.DeformablePSROIPooling(
                *inputs, spatial_scale=scale, output_dim=output_dim, pooled_size=pooled_size, group_size=group_size,
                **attributes,
            )  # fmt: skip

        return grads(mx, call, *arrays)

    return [
        run(2, 2, 2, trans_std=0.1),
        run(2, 2, 2, no_trans=True, sample_per_part=2),
        run(4, 3, 3, 0.5, classes=2, trans_std=0.3, sample_per_part=3, part_size=2),
        run(1, 3, 2, classes=1, trans_std=0.5, part_size=1),
        run(2, 2, 1, 0.7, trans_std=0.0, sample_per_part=2),
    ]


def turned(mx):
    regions = np.array(
        [[0, 4, 3, 4, 3, 30], [1, 2, 2, 0.5, 3, -120], [0, 7, 5, 9, 2, 90], [1, 3.5, 2.5, 4, 4, 0]], "float32"
    )

    def run(**attributes):
        return mx.nd.contrib.RROIAlign(mx.nd.array(data((2, 3, 6, 8), 1)), mx.nd.array(regions), **attributes)

    return [
        run(pooled_size=(2, 2), spatial_scale=1.0),
        run(pooled_size=(1, 3), spatial_scale=0.5, sampling_ratio=2),
        run(pooled_size=(3, 2), spatial_scale=0.7, sampling_ratio=0),
    ]


def features_wrong_arguments(mx):
    x, rois, turned_ = mx.nd.ones((2, 8, 6, 8)), mx.nd.array(REGIONS), mx.nd.ones((2, 6))
    plain, moved, turn = mx.nd.contrib.PSROIPooling, mx.nd.contrib.DeformablePSROIPooling, mx.nd.contrib.RROIAlign
    pool = {"spatial_scale": 1.0, "output_dim": 2, "pooled_size": 2}
    trans = mx.nd.zeros((6, 2, 2, 2))
    return outcomes(
        lambda: plain(x[0], rois, **pool),
        lambda: plain(x, rois[:, 1:], **pool),
        lambda: plain(x, rois, spatial_scale=1.0, output_dim=2),
        lambda: plain(x, rois, spatial_scale=2.0, output_dim=2, pooled_size=2),
        lambda: moved(x, rois, trans, **pool),
        lambda: moved(x, rois[:, 1:], trans, group_size=2, **pool),
        lambda: moved(x[0], rois, trans, group_size=2, **pool),
        lambda: turn(x, turned_[:, 1:], pooled_size=(2, 2), spatial_scale=1.0),
        lambda: turn(x[0], turned_, pooled_size=(2, 2), spatial_scale=1.0),
        lambda: turn(x, turned_, pooled_size=2, spatial_scale=1.0),
    )


def as_graphs(mx):
    a, b, c = (mx.sym.Variable(name) for name in "abc")
    made = mx.sym.contrib
    symbols = [
        made.Proposal(a, b, c, name="s"),
        made.MultiProposal(a, b, c, output_score=True, name="s"),
        made.PSROIPooling(a, b, spatial_scale=1, output_dim=2, pooled_size=2, name="s"),
        made.DeformablePSROIPooling(a, b, spatial_scale=1, output_dim=2, pooled_size=2, group_size=2, name="s"),
        made.DeformablePSROIPooling(
            a, b, spatial_scale=1, output_dim=2, pooled_size=2, group_size=2, no_trans=True, name="s"
        ),
        made.RROIAlign(a, b, pooled_size=(2, 2), spatial_scale=1, name="s"),
        made.bipartite_matching(a, threshold=0.1, name="s"),
        made.box_encode(a, b, c, name="s"),
        made.box_decode(a, b, name="s"),
        made.MultiBoxTarget(a, b, c, name="s"),
        made.MultiBoxDetection(a, b, c, name="s"),
        made.MultiBoxPrior(a, name="s"),
    ]
    return [[each.list_arguments(), each.list_outputs(), each.get_internals().list_outputs()] for each in symbols]
