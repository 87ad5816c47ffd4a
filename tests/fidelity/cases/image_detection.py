"""Images with objects in them: `mx.image.ImageDetIter`, and the augmenters that move boxes along."""

import random

import numpy as np

from fidelity.image_support import BYTE, INDEXED, folder, passes_of
from fidelity.support import data, tolerance

# ---------------------------------------------------------------- augmenters


def _objects(draw, most=4):
    count = draw.randint(1, most + 1)
    one, other = draw.rand(count, 2), draw.rand(count, 2)
    return np.concatenate([np.arange(count)[:, None], np.minimum(one, other), np.maximum(one, other)], axis=1)


def _changed(mx, augmenter, image, label):
    pixels, objects = augmenter(mx.nd.array(image), label)
    return pixels.shape, pixels.sum().asscalar(), objects, random.random()


def _drawn(mx, make, count=120):
    """What augmenters with settings drawn at random do to images and objects drawn at random."""
    draw = np.random.RandomState(4)
    found = []
    for number in range(count):
        height, width = draw.randint(5, 40, size=2)
        label = _objects(draw)
        augmenter = make(mx, draw)
        random.seed(number)
        image = np.arange(height * width * 3).reshape(height, width, 3) % 251
        found.append(_changed(mx, augmenter, image.astype("float32"), label))
    sizes, sums, labels, draws = zip(*found)
    return np.array(sizes), np.array(sums), np.concatenate(labels), [len(each) for each in labels], np.array(draws)


def _bounds(draw, low, high):
    least = low + draw.rand() * (high - low)
    return least, least + draw.rand() * (high - low)


def random_crops(mx):
    def make(mx, draw):
        covered, ratios, areas = draw.rand() * 0.9, _bounds(draw, 0.3, 1.8), _bounds(draw, 0.05, 1.2)
        return mx.image.DetRandomCropAug(covered, ratios, areas, draw.rand(), int(draw.randint(1, 12)))

    return _drawn(mx, make)


def random_borders(mx):
    def make(mx, draw):
        ratios, (least, most) = _bounds(draw, 0.3, 1.8), _bounds(draw, 0.2, 2)
        return mx.image.DetRandomPadAug(ratios, (least, most + 1), int(draw.randint(1, 12)), (1, 2, 3))

    return _drawn(mx, make)


def mirrored_objects(mx):
    label = _objects(np.random.RandomState(0))
    flip = mx.image.DetHorizontalFlipAug(0.5)
    return [_changed(mx, flip, data((4, 6, 3)), label) for _ in range(6)], label


def selected(mx):
    image = mx.image
    several = image.DetRandomSelectAug([image.DetHorizontalFlipAug(0.5), image.DetRandomPadAug()], 0.3)
    none = image.DetRandomSelectAug([])
    alone = image.DetRandomSelectAug(image.DetRandomCropAug(), skip_prob=1)
    label = _objects(np.random.RandomState(0))
    found = [_changed(mx, each, data((9, 16, 3)), label.copy()) for each in (several, none, alone) for _ in range(5)]
    return found, none.skip_prob


def borrowed(mx):
    label = _objects(np.random.RandomState(0))
    return [
        _changed(mx, mx.image.DetBorrowAug(each), data((4, 6, 3)), label)
        for each in (mx.image.CastAug("float64"), mx.image.HorizontalFlipAug(0.5), mx.image.BrightnessJitterAug(0.1))
    ]


def dumps_for_detection(mx):
    image = mx.image
    made = [
        image.DetAugmenter(a=1, b=mx.nd.array([1]), c=np.ones(2)), image.DetBorrowAug(image.HorizontalFlipAug(0.5)),
        image.DetBorrowAug(image.SequentialAug([image.CastAug()])), image.DetHorizontalFlipAug(0.5),
        image.DetRandomCropAug(), image.DetRandomCropAug(0.5, 2.0, 0.3), image.DetRandomPadAug(),
        image.DetRandomPadAug(2.0, 2.0, 3, 7), image.DetRandomSelectAug([image.DetRandomPadAug()], 0.5),
        image.DetRandomSelectAug([]),
    ]  # fmt: skip
    return [str(each.dumps()) for each in made]


def several_crops(mx):
    make = mx.image.CreateMultiRandCropAugmenter
    settings = [
        {}, {"min_object_covered": [0.1, 0.3, 0.5]}, {"aspect_ratio_range": [(1, 2)], "min_eject_coverage": [0.1, 0.2]},
        {"min_object_covered": [0.1, 0.3], "area_range": [(0.1, 1), (0.2, 1)], "skip_prob": 0.4},
        {"max_attempts": [1, 2]},
    ]  # fmt: skip
    return [(str(made.dumps()), made.skip_prob) for made in (make(**given) for given in settings)]


def several_crops_of_different_lengths(mx):
    mx.image.CreateMultiRandCropAugmenter(min_object_covered=[0.1, 0.3], max_attempts=[1, 2, 3])


def usual_series_for_detection(mx):
    settings = [
        {}, {"resize": 10}, {"rand_crop": 0.5}, {"rand_pad": 0.5}, {"rand_mirror": True, "inter_method": 1},
        {"mean": True}, {"std": np.array([1.0, 2.0, 3.0])}, {"rand_gray": 0.3, "hue": 0.2}, {"contrast": 0.1},
        {"rand_crop": 1, "rand_pad": 1, "rand_mirror": True, "rand_gray": 0.2, "mean": True, "std": True, "hue": 0.1,
         "brightness": 0.1, "contrast": 0.1, "saturation": 0.1, "pca_noise": 0.1, "pad_val": (1, 2, 3),
         "min_object_covered": [0.1, 0.2], "aspect_ratio_range": (0.5, 2.0), "area_range": (0.1, 2.0),
         "min_eject_coverage": 0.2, "max_attempts": 7},
    ]  # fmt: skip
    return [[str(each.dumps()) for each in mx.image.CreateDetAugmenter((3, 8, 9), **given)] for given in settings]


def usual_series_for_detection_wrong_mean(mx):
    mx.image.CreateDetAugmenter((3, 8, 8), mean=np.array([1.0, 2.0]))


def usual_series_for_detection_wrong_argument(mx):
    mx.image.CreateDetAugmenter((3, 8, 8), rand_resize=True)


def base_for_detection(mx):
    mx.image.DetAugmenter()(mx.nd.ones((1,)), np.ones((1, 5)))


def borrowed_of_none(mx):
    mx.image.DetBorrowAug(mx.image.DetHorizontalFlipAug(0.5))


def selected_of_none(mx):
    mx.image.DetRandomSelectAug([mx.image.CastAug()])


def crops_of_no_proportions(mx):
    mx.image.DetRandomCropAug(aspect_ratio_range=(2, 1))


def crops_of_no_area(mx):
    mx.image.DetRandomCropAug(area_range=(-1, 0))


def borders_that_are_smaller(mx):
    mx.image.DetRandomPadAug(area_range=(0.3, 0.9))


# ---------------------------------------------------------------- iterators for detection


def _label(count, width=5, extra=()):
    found = [2 + len(extra), width, *extra]
    for number in range(count):
        found += [number, 0.1 * number, 0.1, 0.1 * number + 0.3, 0.6] + [0.5] * (width - 5)
    return found


LABELS = [_label(number % 3 + 1) for number in range(7)]


def _detected(mx, size=2, shape=(3, 8, 8), **given):
    return mx.image.ImageDetIter(size, shape, **{**INDEXED, **given})


def _faces(it):
    return it.provide_data, it.provide_label, it.data_shape, it.label_shape, it.seq


for _handle in ("pad", "discard", "roll_over"):

    def _case(mx, handle=_handle):
        with folder(mx, labels=LABELS):
            made = [_detected(mx, size, last_batch_handle=handle) for size in (2, 3, 7)]
            return [(_faces(it), passes_of(it)) for it in made]

    globals()["passes_%s" % _handle] = _case
del _case, _handle


@tolerance(**BYTE)
def augmented(mx):
    settings = [
        {"rand_crop": 0.8, "rand_pad": 0.8, "rand_mirror": True, "shuffle": True}, {"mean": True, "std": True},
        {"num_parts": 2, "part_index": 1}, {"resize": 12, "label_name": "l", "data_name": "d"},
        {"min_object_covered": [0.3, 0.7], "rand_crop": 1, "aspect_ratio_range": (0.5, 2.0), "area_range": (0.2, 1.0)},
    ]  # fmt: skip
    with folder(mx, labels=LABELS):
        found = []
        for given in settings:
            random.seed(2)
            it = _detected(mx, **given)
            found.append((_faces(it), [(batch.data[0], batch.label[0]) for batch in it], random.random()))
        own = _detected(mx, aug_list=[mx.image.DetBorrowAug(mx.image.ForceResizeAug((8, 8)))])
        return found, own.next().data[0]


def sources(mx):
    with folder(mx, labels=LABELS):
        with open("d.lst", "w") as stream:
            for number, label in enumerate(LABELS):
                stream.write("\t".join(map(str, [number, *label, "im%d.png" % number])) + "\n")
        made = [
            _detected(mx, path_imgidx=None),
            mx.image.ImageDetIter(2, (3, 8, 8), path_imglist="d.lst", path_root=""),
            mx.image.ImageDetIter(2, (3, 8, 8), imglist=[[LABELS[1], "im0.png"], [LABELS[0], "im1.png"]], path_root=""),
        ]
        return [(_faces(it), passes_of(it, 1)) for it in made]


def labels(mx):
    labels = [
        _label(2), _label(2, 6), _label(1, 5, (8, 8)), [2, 5, -1, -0.1, 0.1, 1.2, 0.2],
        [2, 6, 1, 0.1, 0.1, 0.2, 0.2, 9, 0, 0.3, 0.3, 0.2, 0.9, 7], [[2, 5, 1, 0.1, 0.1, 0.2, 0.2]],
    ]  # fmt: skip
    with folder(mx, labels=LABELS):
        it = _detected(mx)
        return [it._parse_label(np.array(label)) for label in labels], it._parse_label(mx.nd.array(labels[0]))


def labels_refused(mx):
    wrong = [
        [2], [2, 5, 1], _label(2) + [1], [2, 4, 1, 0.1, 0.1, 0.2], [2, 5, 1, 0.1, 0.1, 0.1, 0.2],
        [1, 5, 0, 0.1, 0.1, 0.2, 0.2], [],
    ]  # fmt: skip
    rows = [[[0, 0, 0, 0]], [[0.0] * 5], [[-1, 0.1, 0.1, 0.2, 0.2]], [[0, 0.1, 0.1, 0.1, 0.2]], [0.0] * 5]
    found = []
    with folder(mx, labels=LABELS):
        it = _detected(mx)
        for check, values in [(it._parse_label, each) for each in wrong] + [(it._check_valid_label, e) for e in rows]:
            try:
                found.append(check(np.array(values)))
            except Exception as error:  # noqa: BLE001 - the class is the outcome
                found.append(type(error).__name__)
        it._check_valid_label(np.array([[0, 0.1, 0.1, 0.05, 0.2], [1, 0.1, 0.1, 0.2, 0.2]]))
    return found


def left_out(mx):
    """An image without an object of a class is left out, though its label counts for the shape."""
    labels = list(LABELS)
    labels[1] = [2, 5] + [-1, 0.1, 0.1, 0.2, 0.2] * 4
    with folder(mx, labels=labels):
        it = _detected(mx)
        return _faces(it), passes_of(it, 2)


def without_objects(mx):
    with folder(mx, labels=[*LABELS[:3], [2, 5], *LABELS[4:]]):
        _detected(mx)


def reshaped(mx):
    with folder(mx, labels=LABELS):
        found = []
        for given in ({"label_shape": (6, 5)}, {"data_shape": (3, 4, 4)}, {"label_shape": (3, 5)}, {}):
            it = _detected(mx)
            it.reshape(**given)
            found.append((_faces(it), it.next().label[0] if "data_shape" not in given else None))
        other = _detected(mx, aug_list=[mx.image.DetBorrowAug(mx.image.ForceResizeAug((4, 6)))])
        other.reshape((3, 6, 4), (4, 5))
        return found, other.next().data[0].shape


def _not_reshaped(name, **given):
    def case(mx):
        with folder(mx, labels=LABELS):
            _detected(mx).reshape(**given)

    globals()["not_reshaped_" + name] = case


_not_reshaped("fewer_objects", label_shape=(2, 5))
_not_reshaped("other_objects", label_shape=(4, 6))
_not_reshaped("labels_of_one_length", label_shape=(4,))
_not_reshaped("channels", data_shape=(1, 8, 8))
_not_reshaped("axes", data_shape=(8, 8))


def synchronized(mx):
    with folder(mx, labels=LABELS):
        one = _detected(mx)
        other = mx.image.ImageDetIter(2, (3, 8, 8), imglist=[[_label(5), "im0.png"]], path_root="")
        same = one.sync_label_shape(other) is other
        return same, _faces(one), _faces(other), one.next().label[0], other.next().label[0]


def synchronized_with_none(mx):
    with folder(mx, labels=LABELS):
        _detected(mx).sync_label_shape(mx.image.ImageIter(3, (3, 8, 8), **INDEXED))


def synchronized_with_others(mx):
    with folder(mx, labels=LABELS):
        other = mx.image.ImageDetIter(2, (3, 8, 8), imglist=[[_label(2, 6), "im0.png"]], path_root="")
        _detected(mx).sync_label_shape(other)


def drawn(mx):
    settings = [
        {}, {"color": (255, 0, 255), "thickness": 1}, {"mean": True, "std": np.array([2.0])}, {"std": True},
        {"mean": np.array([10.0, 20.0, 30.0]), "clip": False},
    ]  # fmt: skip
    with folder(mx, labels=LABELS):
        found = []
        for given in settings:
            np.random.seed(3)
            it = _detected(mx, shape=(3, 40, 50))
            drawn = it.draw_next(**given)
            found.append((next(drawn), next(drawn), len(list(drawn)), np.random.rand()))
        return found


def drawn_in_a_color(mx):
    with folder(mx, labels=LABELS):
        return list(_detected(mx, shape=(3, 40, 50)).draw_next(color=(255, 0, 7)))


def drawn_with_texts(mx):
    """Fonts look a little different in every version of OpenCV: only that there is a text in white."""
    with folder(mx, labels=LABELS):
        black = [mx.image.ForceResizeAug((50, 40)), mx.image.BrightnessJitterAug(0), mx.image.CastAug()]
        it = _detected(mx, shape=(3, 40, 50), aug_list=[mx.image.DetBorrowAug(each) for each in black])
        drawn = it.draw_next(color=(1, 2, 3), id2labels={1: "cat"})
        return [bool((each == 255).all(axis=-1).any()) for each in drawn]


def drawn_wrong_mean(mx):
    with folder(mx, labels=LABELS):
        next(_detected(mx).draw_next(mean=5))


def refused_argument(mx):
    with folder(mx, labels=LABELS):
        _detected(mx, label_width=3)


def refused_augmenter(mx):
    with folder(mx, labels=LABELS):
        _detected(mx, aug_list=[mx.image.CastAug()]).next()


def of_numbers(mx):
    with folder(mx):
        mx.image.ImageDetIter(2, (3, 8, 8), imglist=[[1, "im1.png"]], path_root="")
