"""gluoncv: its transformations, metrics and losses, a detector trained; `networks.py` has its networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from gluoncv import data, loss, model_zoo, utils
from gluoncv.data.batchify import Stack, Tuple
from gluoncv.data.transforms import presets

import mxnet as mx
from mxnet import autograd, gluon, nd


def picture(side: int = 96) -> Any:
    return nd.array(np.random.RandomState(0).randint(0, 255, (side, side, 3)).astype("uint8"))


def transformed() -> Any:
    x, image = presets.ssd.transform_test(picture(), short=64)
    y, _ = presets.yolo.transform_test(picture(), short=64)
    return x.shape, y.shape, image.shape


def detector_trained() -> Any:
    net = model_zoo.get_model("ssd_300_mobilenet0.25_custom", classes=["a", "b"], pretrained_base=False)
    net.initialize()
    with autograd.train_mode():
        _, _, anchors = net(nd.zeros((1, 3, 300, 300)))
    transform = presets.ssd.SSDDefaultTrainTransform(300, 300, anchors)
    label = np.array([[5, 5, 60, 60, 0.0]], "float32")
    samples = [transform(picture(), label) for _ in range(2)]
    x, classes, boxes = Tuple(Stack(), Stack(), Stack())(samples)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.001})
    criterion = loss.SSDMultiBoxLoss()
    sums = []
    for _ in range(2):
        with autograd.record():
            kinds, places, _ = net(x)
            total, *_ = criterion([kinds], [places], [classes], [boxes])
        autograd.backward(total)
        trainer.step(1)
        sums.append(float(total[0].sum().asscalar()))
    return sums


def yolo_trained() -> Any:
    net = model_zoo.get_model("yolo3_mobilenet0.25_custom", classes=["a", "b"], pretrained_base=False)
    net.initialize()
    transform = presets.yolo.YOLO3DefaultTrainTransform(96, 96, net)
    sample = transform(picture(), np.array([[5, 5, 60, 60, 0.0]], "float32"))
    batch = [
        nd.array(each).expand_dims(0) if not isinstance(each, nd.NDArray) else each.expand_dims(0) for each in sample
    ]
    with autograd.record():
        found = net(batch[0], batch[6], *batch[1:6])
        total = sum(each.sum() for each in found)
    total.backward()
    return [each.shape for each in found]


def metrics() -> Any:
    metric = utils.metrics.VOC07MApMetric(class_names=["a", "b"])
    box = nd.array([[[5, 5, 60, 60]]])
    metric.update(box, nd.array([[[0]]]), nd.array([[[0.9]]]), box, nd.array([[[0]]]))
    segmentation = utils.metrics.SegmentationMetric(3)
    segmentation.update(nd.zeros((1, 4, 4)), nd.random.uniform(shape=(1, 3, 4, 4)))
    return metric.get()[1], segmentation.get()


def losses() -> Any:
    focal = loss.FocalLoss(num_class=3)(nd.random.uniform(shape=(2, 5, 3)), nd.ones((2, 5)))
    maps, labels = nd.random.uniform(shape=(1, 3, 4, 4)), nd.zeros((1, 4, 4))
    mixed = loss.MixSoftmaxCrossEntropyLoss(aux=True)(maps, maps, labels)
    return focal.shape, [each.shape for each in (mixed if isinstance(mixed, list) else [mixed])]


def schedules() -> Any:
    parts = [utils.LRScheduler("linear", 0, 0.1, niters=5), utils.LRScheduler("cosine", 0.1, 0, niters=10, offset=5)]
    schedule = utils.LRSequential(parts)
    return [round(schedule(step), 4) for step in (0, 4, 10)]


def exported() -> Any:
    import tempfile

    net = model_zoo.get_model("cifar_resnet20_v1", pretrained=False)
    net.initialize()
    net.hybridize()
    with tempfile.TemporaryDirectory() as folder:
        utils.export_block(f"{folder}/net", net, data_shape=(32, 32, 3), preprocess=True, layout="HWC")
        again = gluon.SymbolBlock.imports(f"{folder}/net-symbol.json", ["data"], f"{folder}/net-0000.params")
        return again(nd.ones((1, 32, 32, 3))).shape


def samplers() -> Any:
    return list(data.sampler.SplitSampler(6, num_parts=2, part_index=0)) if hasattr(data, "sampler") else mx.__version__


PATHS = [transformed, detector_trained, yolo_trained, metrics, losses, schedules, exported, samplers]
