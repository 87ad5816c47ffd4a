"""Pooling of regions of interest, overlap of boxes, and suppression of boxes that overlap."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, case, outcomes

# image, left, top, right, bottom: ordinary ones, one of a single element, one that leads far outside
REGIONS = np.array(
    [[0, 0, 0, 3, 3], [1, 1, 1, 6, 4], [0, 2, 3, 2.5, 3.2], [1, 5, 4, 20, 20], [0, -3, -2, 2.5, 2.7]], "float32"
)
BOXES = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 4, 4], [0, 0, 0, 0]], "float32")
OTHERS = np.array([[0, 0, 2, 2], [0.5, 0.5, 1.5, 3], [-1, -1, -0.5, -0.5]], "float32")
# class, score, left, top, right, bottom
DETECTIONS = np.array(
    [
        [0, 0.5, 0.1, 0.1, 0.2, 0.2],
        [1, 0.4, 0.1, 0.1, 0.2, 0.2],
        [0, 0.3, 0.1, 0.1, 0.14, 0.14],
        [2, 0.6, 0.5, 0.5, 0.7, 0.8],
        [0, 0.55, 0.11, 0.11, 0.21, 0.21],
        [-1, 0.9, 0.1, 0.1, 0.2, 0.2],
        [0, 0.01, 0.8, 0.8, 0.9, 0.9],
    ],
    "float32",
)


def _pooled(mx, regions=REGIONS, size=(2, 2), scale=1.0):
    def call(x):
        return mx.nd.ROIPooling(x, mx.nd.array(regions), pooled_size=size, spatial_scale=scale)

    return grads(mx, call, data((2, 3, 6, 8), 1))


def pooling(mx):
    return [_pooled(mx), _pooled(mx, size=(3, 2), scale=0.5), _pooled(mx, size=(7, 7)), _pooled(mx, scale=0.0)]


def pooling_rounds_corners(mx):
    return _pooled(mx, np.array([[0, 0.5, 0.5, 3.5, 3.49], [0, 1.5, 1.49, 2.5, 2.6], [1, -0.5, -2.5, 4, 4]], "float32"))


def pooling_outside(mx):
    regions = np.array([[0, -3, -3, 2, 2], [0, 30, 30, 40, 40], [2, 0, 0, 2, 2], [-1, 0, 0, 2, 2]], "float32")
    return _pooled(mx, regions)


def pooling_of_equal_elements(mx):
    x = np.array([[[[1, 1, 0, 0], [1, 1, 0, 0], [2, 2, 2, 2], [2, 2, 2, 2]]]], "float32")
    rois = mx.nd.array([[0, 0, 0, 3, 3], [0, 0, 0, 2, 2]])
    return grads(mx, lambda x: mx.nd.ROIPooling(x, rois, pooled_size=(2, 2), spatial_scale=1.0), x)


def pooling_dtypes(mx):
    x = data((2, 2, 6, 8), 1)
    return [
        mx.nd.ROIPooling(array(mx, x, kind), array(mx, REGIONS, kind), pooled_size=(2, 2), spatial_scale=1.0)
        for kind in ("float64", "float16")
    ]


def pooling_wrong_arguments(mx):
    x, rois = mx.nd.ones((2, 3, 6, 8)), mx.nd.array(REGIONS)
    return outcomes(
        lambda: mx.nd.ROIPooling(x, rois, pooled_size=(2, 2), spatial_scale=2.0),
        lambda: mx.nd.ROIPooling(x, rois, pooled_size=(2, 2)),
        lambda: mx.nd.ROIPooling(x, rois, pooled_size=2, spatial_scale=1.0),
        lambda: mx.nd.ROIPooling(x, rois, pooled_size=(2, 2, 2), spatial_scale=1.0),
        lambda: mx.nd.ROIPooling(x, rois, pooled_size=(0, 2), spatial_scale=1.0),
        lambda: mx.nd.ROIPooling(x, rois[:, :4], pooled_size=(2, 2), spatial_scale=1.0),
        lambda: mx.nd.ROIPooling(x[0], rois, pooled_size=(2, 2), spatial_scale=1.0),
    )


def _aligned(mx, size=(2, 2), scale=1.0, channels=4, **attributes):
    def call(x, rois):
        return mx.nd.contrib.ROIAlign(x, rois, pooled_size=size, spatial_scale=scale, **attributes)

    return grads(mx, call, data((2, channels, 6, 8), 1), REGIONS)


def align(mx):
    return [_aligned(mx), _aligned(mx, (3, 2)), _aligned(mx, scale=0.5), _aligned(mx, scale=0.0)]


def align_samples(mx):
    return [_aligned(mx, sample_ratio=count) for count in (0, 1, 2, 3)]


def align_from_the_centers(mx):
    return [_aligned(mx, aligned=True), _aligned(mx, aligned=True, sample_ratio=2)]


def align_position_sensitive(mx):
    return [
        _aligned(mx, position_sensitive=True),
        _aligned(mx, (3, 2), channels=12, position_sensitive=True, aligned=True, sample_ratio=3),
    ]


@tolerance(2e-3, 1e-3)  # float16 is added up in another order; of float64 MXNet uses the precision of float32
def align_dtypes(mx):
    x = data((2, 4, 6, 8), 1)
    return [
        mx.nd.contrib.ROIAlign(array(mx, x, kind), array(mx, REGIONS, kind), pooled_size=(2, 2), spatial_scale=1.0)
        for kind in ("float64", "float16")
    ]


def align_wrong_arguments(mx):
    x, rois = mx.nd.ones((2, 3, 6, 8)), mx.nd.array(REGIONS)
    align_ = mx.nd.contrib.ROIAlign
    return outcomes(
        lambda: align_(x, rois, pooled_size=2, spatial_scale=1.0),
        lambda: align_(x, rois[:, :4], pooled_size=(2, 2), spatial_scale=1.0),
        lambda: align_(x.astype("float64"), rois, pooled_size=(2, 2), spatial_scale=1.0),
        lambda: align_(x, rois, pooled_size=(2, 2), spatial_scale=1.0, position_sensitive=True),
        lambda: align_(x, rois, pooled_size=(2, 2), spatial_scale=2.0),
    )


def overlap(mx):
    def call(a, b):
        return mx.nd.contrib.box_iou(a, b)

    return [grads(mx, call, BOXES, OTHERS), grads(mx, call, BOXES.reshape(2, 2, 4), OTHERS.reshape(1, 3, 1, 4))]


def overlap_of_centered_boxes(mx):
    return mx.nd.contrib.box_iou(mx.nd.array(BOXES), mx.nd.array(OTHERS), format="center")


def overlap_dtypes(mx):
    return [mx.nd.contrib.box_iou(array(mx, BOXES, kind), array(mx, OTHERS, kind)) for kind in ("float64", "float16")]


def overlap_wrong_arguments(mx):
    a, b = mx.nd.array(BOXES), mx.nd.array(OTHERS)
    return outcomes(
        lambda: mx.nd.contrib.box_iou(a[0], b),
        lambda: mx.nd.contrib.box_iou(a[:, :3], b),
        lambda: mx.nd.contrib.box_iou(a.astype("float64"), b),
        lambda: mx.nd.contrib.box_iou(a.astype("int32"), b.astype("int32")),
        lambda: mx.nd.contrib.box_iou(a, b, format="edge"),
    )


def _suppressed(mx, boxes=DETECTIONS, **attributes):
    return grads(mx, lambda x: mx.nd.contrib.box_nms(x, **attributes), boxes)


SUPPRESSION = {
    "plain": {},
    "of_classes": {"id_index": 0},
    "across_classes": {"id_index": 0, "force_suppress": True},
    "of_little_overlap": {"id_index": 0, "overlap_thresh": 0.1},
    "of_any_overlap": {"overlap_thresh": 0.0},
    "of_all_but_the_best": {"overlap_thresh": -1.0},
    "of_none": {"overlap_thresh": 1.0},
    "of_low_scores": {"id_index": 0, "valid_thresh": 0.35},
    "of_all": {"valid_thresh": 5.0},
    "among_the_best": {"id_index": 0, "topk": 3, "overlap_thresh": 0.1},
    "among_none": {"id_index": 0, "topk": 0},
    "with_a_background": {"id_index": 0, "background_id": 0},
    "background_without_classes": {"background_id": 0},
    "to_centers": {"id_index": 0, "out_format": "center"},
    "from_centers": {"id_index": 0, "in_format": "center"},
    "of_centers": {"id_index": 0, "in_format": "center", "out_format": "center"},
}
for _name, _attributes in SUPPRESSION.items():
    globals()[f"suppression_{_name}"] = case(
        f"suppression_{_name}", lambda mx, attributes=_attributes: _suppressed(mx, **attributes)
    )


def suppression_of_batches(mx):
    two = np.stack([DETECTIONS, DETECTIONS + np.float32(0.01)])
    return [_suppressed(mx, two, id_index=0), _suppressed(mx, two.reshape(1, 2, 7, 6), id_index=0, topk=4)]


def suppression_places_of_numbers(mx):
    last = np.concatenate([DETECTIONS[:, 2:6], DETECTIONS[:, 1:2], DETECTIONS[:, 0:1]], 1)
    more = np.concatenate([DETECTIONS, np.arange(7, dtype="float32").reshape(7, 1)], 1)
    return [
        _suppressed(mx, last, coord_start=0, score_index=4, id_index=5),
        _suppressed(mx, more, id_index=0),
        _suppressed(mx, DETECTIONS[:, 1:], score_index=0, coord_start=1),
    ]


def suppression_of_equal_scores(mx):
    return _suppressed(mx, np.array([[0, 0.5, 0, 0, 1, 1], [0, 0.5, 0, 0, 1, 1.1], [0, 0.5, 2, 2, 3, 3]], "float32"))


def suppression_dtypes(mx):
    return [mx.nd.contrib.box_nms(array(mx, DETECTIONS, kind), id_index=0) for kind in ("float64", "float16")]


def suppression_wrong_arguments(mx):
    x = mx.nd.array(DETECTIONS)
    return outcomes(
        lambda: mx.nd.contrib.box_nms(x[0]),
        lambda: mx.nd.contrib.box_nms(x, score_index=9),
        lambda: mx.nd.contrib.box_nms(x, coord_start=4),
        lambda: mx.nd.contrib.box_nms(x, id_index=1),
        lambda: mx.nd.contrib.box_nms(x, coord_start=1),
        lambda: mx.nd.contrib.box_nms(x, in_format="edge"),
        lambda: mx.nd.contrib.box_nms(x.astype("int32")),
    )


def suppression_by_its_other_name(mx):
    return mx.nd.contrib.box_non_maximum_suppression(mx.nd.array(DETECTIONS), id_index=0)
