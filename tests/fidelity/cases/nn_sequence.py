"""Sequences of different lengths, padding, enlarging and cropping of images, and the CTC loss."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcomes

LENGTHS = np.array([2, 5, 1], "float32")
SHAPES = ((5, 3), (5, 3, 2), (5, 3, 2, 2))


def _each(mx, name, shapes=SHAPES, **attributes):
    def call(x):
        return getattr(mx.nd, name)(x, mx.nd.array(LENGTHS), use_sequence_length=True, **attributes)

    return [grads(mx, call, data(shape, 1)) for shape in shapes]


def mask(mx):
    return [_each(mx, "SequenceMask"), _each(mx, "SequenceMask", value=-2.5)]


def mask_with_samples_first(mx):
    return _each(mx, "SequenceMask", shapes=((3, 5), (3, 5, 2)), axis=1, value=0.5)


def mask_of_nothing(mx):
    return grads(mx, lambda x: mx.nd.SequenceMask(x), data((5, 3, 2), 1))


def mask_dtypes(mx):
    found = []
    for dtype in ("float64", "int32", "uint8"):
        x = array(mx, data((5, 3), 1, 1, 9, "int32"), dtype)
        found.append(mx.nd.SequenceMask(x, array(mx, LENGTHS), use_sequence_length=True, value=3))
    lengths = (array(mx, LENGTHS, dtype) for dtype in ("int32", "int64"))
    x = mx.nd.array(data((5, 3), 1))
    return found + [mx.nd.SequenceMask(x, each, use_sequence_length=True) for each in lengths]


def last(mx):
    return [_each(mx, "SequenceLast", shapes=SHAPES[1:]), mx.nd.SequenceLast(mx.nd.array(data((5, 3, 2), 1)))]


def last_with_samples_first(mx):
    return [
        _each(mx, "SequenceLast", shapes=((3, 5, 2), (3, 5, 2, 2)), axis=1),
        mx.nd.SequenceLast(mx.nd.array(data((3, 5, 2), 1)), axis=1),
    ]


def reverse(mx):
    return [_each(mx, "SequenceReverse"), grads(mx, lambda x: mx.nd.SequenceReverse(x), data((5, 3, 2), 1))]


def sequences_wrong_arguments(mx):
    x, n = mx.nd.ones((5, 3, 2)), mx.nd.ones((3,))
    return outcomes(
        lambda: mx.nd.SequenceMask(x, n, use_sequence_length=True, axis=2),
        lambda: mx.nd.SequenceMask(x, mx.nd.ones((4,)), use_sequence_length=True),
        lambda: mx.nd.SequenceLast(x, n, use_sequence_length=True, axis=2),
        lambda: mx.nd.SequenceReverse(x, n, use_sequence_length=True, axis=1),
        lambda: mx.nd.SequenceReverse(x, mx.nd.ones((4,)), use_sequence_length=True),
        lambda: mx.nd.SequenceMask(x, use_sequence_length=True),
    )


def padding(mx):
    found = []
    for shape, width in (((1, 2, 3, 4), (0, 0, 0, 0, 1, 2, 2, 1)), ((1, 2, 3, 4, 3), (0, 0, 0, 0, 1, 0, 2, 3, 1, 2))):
        for mode in ("constant", "edge", "reflect"):
            found.append(grads(mx, lambda x, m=mode, w=width: mx.nd.Pad(x, mode=m, pad_width=w), data(shape, 1)))
        found.append(mx.nd.pad(mx.nd.array(data(shape, 1)), mode="constant", pad_width=width, constant_value=1.5))
    return found


def padding_double_precision(mx):
    x = mx.nd.array(data((1, 2, 3, 4), 1, dtype="float64"), dtype="float64")
    width = (0, 0, 0, 0, 1, 2, 2, 1)
    return [x.pad(mode=mode, pad_width=width) for mode in ("constant", "edge", "reflect")]


def padding_wrong_arguments(mx):
    x = mx.nd.ones((1, 2, 3, 4))
    return outcomes(
        lambda: mx.nd.Pad(x, mode="constant", pad_width=(0, 0, 0, 0, 1, 1)),
        lambda: mx.nd.Pad(x, mode="constant", pad_width=(0, 0, 1, 0, 1, 1, 1, 1)),
        lambda: mx.nd.Pad(x, mode="wrap", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
        lambda: mx.nd.Pad(x, pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
        lambda: mx.nd.Pad(x[0], mode="edge", pad_width=(0, 0, 0, 0, 1, 1)),
    )


def enlarged(mx):
    found = []
    for scale in (1, 2, 3):
        x = data((2, 3, 3, 4), 1)
        found.append(grads(mx, lambda a, s=scale: mx.nd.UpSampling(a, scale=s, sample_type="nearest"), x))
    return found


def enlarged_several(mx):
    arrays = data((2, 3, 4, 4), 1), data((2, 3, 2, 2), 2)
    found = []
    for mode in ("concat", "sum"):

        def call(*images, mode=mode):
            return mx.nd.UpSampling(*images, scale=2, sample_type="nearest", multi_input_mode=mode, num_args=2)

        found.append(grads(mx, call, *arrays))
    return found


def enlarged_bilinearly(mx):
    found = []
    for scale in (2, 3, 4):
        kernel = 2 * scale - scale % 2
        arrays = data((2, 3, 3, 4), 1), data((3, 1, kernel, kernel), 2)

        def call(x, w, scale=scale):
            return mx.nd.UpSampling(x, w, scale=scale, sample_type="bilinear", num_filter=3, num_args=2)

        found.append(grads(mx, call, *arrays))
    return found


def cropped(mx):
    x = data((2, 3, 6, 7), 1)
    return [
        grads(mx, lambda a: mx.nd.Crop(a, offset=(1, 2), h_w=(3, 4), num_args=1), x),
        grads(mx, lambda a: mx.nd.Crop(a, h_w=(3, 4), center_crop=True, num_args=1), x),
        mx.nd.Crop(mx.nd.array(x), mx.nd.ones((2, 3, 4, 5)), offset=(1, 1), num_args=2),
        mx.nd.Crop(mx.nd.array(x), mx.nd.ones((2, 3, 4, 5)), center_crop=True, num_args=2),
    ]


@tolerance(1e-4, 1e-5, "a long chain of exponentials and logarithms")
def ctc_loss(mx):
    x, labels = data((8, 3, 5), 1, -2, 2), np.array([[1, 2, 3], [4, 4, 0], [2, 0, 0]], "float32")
    return grads(mx, lambda a: mx.nd.CTCLoss(a, mx.nd.array(labels)), x)


@tolerance(1e-4, 1e-5, "a long chain of exponentials and logarithms")
def ctc_loss_with_the_blank_last(mx):
    x, labels = data((8, 3, 5), 1, -2, 2), np.array([[1, 2, 3], [3, 3, -1], [0, -1, -1]], "float32")
    return grads(mx, lambda a: mx.nd.CTCLoss(a, mx.nd.array(labels), blank_label="last"), x)


def ctc_loss_shapes(mx):
    graph = mx.sym.ctc_loss(mx.sym.var("data"), mx.sym.var("label"))
    return graph.infer_shape(data=(5, 2, 4), label=(2, 3))


@tolerance(1e-4, 1e-5, "a long chain of exponentials and logarithms")
def ctc_loss_of_given_lengths(mx):
    x, labels = data((8, 3, 5), 1, -2, 2), np.array([[1, 2, 3], [4, 4, 1], [2, 1, 1]], "float32")
    steps, counts = [8, 5, 3], [3, 2, 1]

    def both(a):
        return mx.nd.CTCLoss(
            a,
            mx.nd.array(labels),
            mx.nd.array(steps),
            mx.nd.array(counts),
            use_data_lengths=True,
            use_label_lengths=True,
        )

    def only_labels(a):
        return mx.nd.CTCLoss(a, mx.nd.array(labels), label_lengths=mx.nd.array(counts), use_label_lengths=True)

    def only_steps(a):
        short = np.array([[1, 2, 3], [4, 4, 0], [2, 0, 0]], "float32")
        return mx.nd.CTCLoss(a, mx.nd.array(short), mx.nd.array(steps), use_data_lengths=True)

    return [grads(mx, call, x) for call in (both, only_labels, only_steps)]


def ctc_loss_of_labels_that_do_not_fit(mx):
    x, labels = data((2, 2, 4), 1), np.array([[1, 2, 3], [1, 1, 0]], "float32")
    return mx.nd.CTCLoss(mx.nd.array(x), mx.nd.array(labels))


def ctc_loss_names(mx):
    x, labels = mx.nd.array(data((6, 2, 4), 1)), mx.nd.array([[1, 2], [3, 0]])
    return [mx.nd.ctc_loss(x, labels), mx.nd.contrib.ctc_loss(x, labels), mx.nd.contrib.CTCLoss(x, labels)]


def in_numpy_arrays(mx):
    mx.npx.set_np()
    x = mx.np.array(data((5, 3, 2), 1))
    return mx.npx.sequence_mask(x, mx.np.array(LENGTHS), use_sequence_length=True, value=1.0)
