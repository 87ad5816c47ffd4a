"""Heads of detectors: boxes that better ones cover go, as here, and ``torch.export`` can follow how."""

import io

import numpy as np
import pytest
import torch
from torch_programs import agree

import mxnet as mx
from mxnet.symbol.typed import typed
from remxnet.convert import program


def boxes_of(random, *shape):
    """Boxes by their corners, many of which overlap."""
    low, sides = random.uniform(0, 1, (*shape, 2)), random.uniform(0.05, 0.6, (*shape, 2))
    return np.concatenate([low, low + sides], -1).astype("float32")


def found_by_anchors(seed, **attributes):
    """A MultiBoxDetection of a few images, and its inputs."""
    random = np.random.RandomState(seed)
    scores = np.exp(random.normal(0, 2, (3, 4, 60)))
    scores = scores / scores.sum(1, keepdims=True)
    if seed % 2:
        scores = scores.round(1)  # many are equal
    inputs = {"scores": scores, "steps": random.normal(0, 1, (3, 240)), "anchors": boxes_of(random, 1, 60)}
    symbol = mx.sym.contrib.MultiBoxDetection(*map(mx.sym.var, inputs), **attributes)
    return symbol, {name: value.astype("float32") for name, value in inputs.items()}


def chosen_of_rows(seed, **attributes):
    """A box_nms of boxes with classes, and its inputs."""
    random = np.random.RandomState(seed)
    rows = np.concatenate(
        [
            random.randint(-1, 3, (2, 3, 40, 1)),
            random.uniform(0, 1, (2, 3, 40, 1)).round(2),
            boxes_of(random, 2, 3, 40),
        ],
        -1,
    ).astype("float32")
    return mx.sym.contrib.box_nms(mx.sym.var("rows"), **attributes), {"rows": rows}


def proposed(seed, images=2, **attributes):
    """A MultiProposal, and its inputs."""
    random = np.random.RandomState(seed)
    inputs = {
        "scores": random.uniform(0, 1, (images, 12, 5, 6)), "steps": random.normal(0, 0.3, (images, 24, 5, 6)),
        "sizes": [[70, 90, 1.5]] * images,
    }  # fmt: skip
    symbol = mx.sym.contrib.MultiProposal(
        *map(mx.sym.var, inputs), scales=(2, 4), ratios=(0.5, 1, 2), output_score=True, **attributes
    )
    return symbol, {name: np.asarray(value, "float32") for name, value in inputs.items()}


CASES = [
    found_by_anchors(0),
    found_by_anchors(1, threshold=0.3, nms_topk=7),
    found_by_anchors(2, nms_threshold=0.3, force_suppress=True, clip=False),
    found_by_anchors(3, nms_threshold=-1, threshold=0.5),
    chosen_of_rows(4),
    chosen_of_rows(5, overlap_thresh=0.3, valid_thresh=0.4, topk=9, id_index=0, background_id=0),
    chosen_of_rows(6, id_index=0, force_suppress=True, in_format="center", out_format="corner"),
    chosen_of_rows(7, topk=0),
    chosen_of_rows(8, in_format="corner", out_format="center"),
    proposed(9),
    proposed(10, rpn_pre_nms_top_n=40, rpn_post_nms_top_n=12, threshold=0.3, rpn_min_size=30),
    proposed(11, rpn_post_nms_top_n=200, iou_loss=True, rpn_min_size=0),
]


@pytest.mark.parametrize("place", range(len(CASES)))
def test_boxes_that_better_ones_cover_go(place):
    symbol, inputs = CASES[place]
    agree(symbol, inputs)


@pytest.mark.parametrize("scale", [1, 0.5])
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"sample_ratio": 2},
        {"aligned": True},
        {"position_sensitive": True},
        {"position_sensitive": True, "sample_ratio": 3},
    ],
)
def test_regions_have_the_means_of_their_fields(attributes, scale):
    random = np.random.RandomState(0)
    corner = random.uniform(-3, 9, (6, 2))
    rois = np.concatenate([random.randint(0, 4, (6, 1)), corner, corner + random.uniform(0.5, 9, (6, 2))], 1)
    symbol = mx.sym.contrib.ROIAlign(
        mx.sym.var("data"), mx.sym.var("rois"), pooled_size=(2, 3), spatial_scale=scale, **attributes
    )
    agree(symbol, {"data": random.normal(size=(3, 12, 7, 8)).astype("f"), "rois": rois.astype("f")})


def test_detection_is_exported_for_any_number_of_images():
    symbol, inputs = found_by_anchors(1, threshold=0.2, nms_topk=30)
    graph = typed(symbol, {}, {name: value.shape for name, value in inputs.items()})
    dynamic = {"scores": {0: "batch"}, "steps": {0: "batch"}}
    if not hasattr(torch, "while_loop"):  # before 2.6
        with pytest.raises(mx.MXNetError, match="torch.export cannot follow the network.*2.6 follows"):
            program.exported(graph, dynamic)
        return
    content = program.dumps(program.exported(graph, dynamic))
    loaded = torch.export.load(io.BytesIO(content)).module()
    for batch in (1, 2):
        given = {name: value[:batch] for name, value in inputs.items()}
        (wanted,) = symbol.bind(mx.cpu(), {name: mx.nd.array(value) for name, value in given.items()}).forward()
        found = loaded(**{name: torch.from_numpy(value) for name, value in given.items()})
        np.testing.assert_allclose(found.numpy(), wanted.asnumpy(), rtol=1e-5, atol=1e-6)
