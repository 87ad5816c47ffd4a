import numpy
import pytest

from mxnet import nd, np
from mxnet.base import MXNetError

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from remxnet import draw

ONES = nd.ones((2, 2))


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def sums(figure):
    """The lines below the grids that show how the element comes about."""
    return [text for text in texts(figure) if " = " in text and not text.startswith(("output height", "output width"))]


def test_the_sum_of_a_padded_window_is_written_out():
    data, kernel = nd.arange(9).reshape((3, 3)), nd.arange(4).reshape((2, 2)) - 1
    figure = draw.cross_correlation(data, kernel, pad=1, stride=2, at=(0, 1))
    assert sums(figure) == ["output[0, 1] = 0·(−1) + 0·0 + 1·1 + 2·2 = 5"]
    assert "Cross-correlation, stride 2, padding 1" in texts(figure)
    assert "output height and width = ⌊(3 + 2·1 − 2) / 2⌋ + 1 = 2" in texts(figure)
    settings = {"kernel": (2, 2), "pad": (1, 1), "stride": (2, 2), "num_filter": 1, "no_bias": True}
    expected = nd.Convolution(data.reshape((1, 1, 3, 3)), kernel.reshape((1, 1, 2, 2)), **settings)
    assert texts(figure)[-2 - expected.size : -2] == [str(int(n)) for n in expected.asnumpy().ravel()]


def test_dilation_spreads_the_window():
    figure = draw.cross_correlation(numpy.arange(9).reshape(3, 3), [[1, 1], [1, 1]], dilate=2)
    assert sums(figure) == ["output[0, 0] = 0·1 + 2·1 + 6·1 + 8·1 = 16"]


def test_a_bias_is_a_term():
    figure = draw.cross_correlation([[2.0]], [[3.0]], bias=-0.5)
    assert sums(figure) == ["output[0, 0] = 2·3 − 0.5 (bias) = 5.5"]


def test_channels_are_summed_one_by_one():
    data, weight = np.ones((2, 2, 2)), np.array([[[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, 8]]]])
    figure = draw.convolution(data, weight, bias=[0, 1], at=(1, 1, 0))
    assert sums(figure) == [
        "channel 0:  1·5 + 1·6 = 11",
        "channel 1:  1·7 + 1·8 = 15",
        "output[1, 1, 0] = 11 + 15 + 1 (bias) = 27",
    ]
    for title in ("input[1]  2×2", "kernel[1, 0]  1×2", "bias[1]", "output[1]  2×1"):
        assert title in texts(figure)


def test_one_by_one_is_a_matrix_of_channels():
    data, weight = numpy.arange(12).reshape(3, 2, 2), numpy.arange(6).reshape(2, 3)
    figure = draw.pointwise(data, weight, at=(1, -1, -1))
    assert sums(figure) == ["output[1, 1, 1] = 3·3 + 7·4 + 11·5 = 92"]
    assert "kernel  2 out × 3 in" in texts(figure)
    assert "the same as a matrix product: (2×3) · (3×4 pixels)" in texts(figure)
    product = weight @ data.reshape(3, 4)
    assert str(product[1, 3]) == "92"


def test_positions_may_come_from_numpy():
    data = numpy.arange(9).reshape(3, 3)
    at = numpy.unravel_index(data.argmax(), data.shape)
    assert sums(draw.max_pooling(data, numpy.int64(1), at=at)) == ["output[2, 2] = max(8) = 8"]


def test_padding_never_wins_a_maximum():
    figure = draw.max_pooling(-nd.arange(4).reshape((2, 2)) - 1, 2, pad=1)
    assert sums(figure) == ["output[0, 0] = max(−1) = −1"]
    assert "−∞" in texts(figure)


def test_an_average_counts_the_padding_unless_told_otherwise():
    data = [[4.0, 8.0], [0.0, 0.0]]
    assert sums(draw.average_pooling(data, 2, pad=1)) == ["output[0, 0] = (0 + 0 + 0 + 4) / 4 = 1"]
    counted = draw.average_pooling(data, 2, pad=1, count_include_pad=False)
    assert sums(counted) == ["output[0, 0] = (4) / 1 = 4"]
    assert "padding is not counted (count_include_pad=False)" in texts(counted)


def test_pooling_keeps_the_channels_apart():
    data = numpy.stack([numpy.zeros((3, 3)), numpy.arange(9).reshape(3, 3)])
    assert sums(draw.max_pooling(data, 2, at=(1, 0, 0))) == ["output[1, 0, 0] = max(0, 1, 3, 4) = 4"]


def test_what_is_rounded_is_not_called_equal():
    assert sums(draw.average_pooling([[1.0, 0.0, 0.0]], (1, 3))) == ["output[0, 0] = (1 + 0 + 0) / 3 ≈ 0.33"]
    assert sums(draw.cross_correlation([[1 / 3]], [[3.0]])) == ["output[0, 0] = 0.33·3 ≈ 1"]


@pytest.mark.parametrize(
    "figure",
    [
        lambda: draw.cross_correlation([[1]], [[1]]),
        lambda: draw.cross_correlation(numpy.full((12, 12), -99.99), numpy.ones((3, 3)), pad=1, at=(11, 11)),
        lambda: draw.cross_correlation(numpy.full((12, 12), 7), numpy.full((12, 12), -7)),
        lambda: draw.convolution(numpy.ones((3, 6, 6)), numpy.ones((3, 3, 3, 3)), numpy.ones(3), at=(2, 3, 3)),
        lambda: draw.convolution(numpy.ones((6, 2, 2)), numpy.ones((6, 6, 2, 2))),
        lambda: draw.pointwise(numpy.ones((1, 1, 1)), [[1]]),
        lambda: draw.max_pooling(numpy.ones((2, 12, 12)), (1, 12), at=(1, 11, 0)),
        lambda: draw.average_pooling(numpy.ones((5, 5)), 3, stride=2, pad=1, pooling_convention="full", at=(2, 2)),
    ],
    ids="smallest widest long-sum channels most-channels pointwise row-window full".split(),
)
def test_no_text_leaves_the_figure_or_meets_another(figure):
    figure = figure()
    assert isinstance(figure, Figure)
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= 8
    for box in boxes:
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 and box.y1 <= figure.bbox.height
    edges = numpy.array([[box.x0, box.x1, box.y0, box.y1] for box in boxes])
    x0, x1, y0, y1 = (edges[:, side] for side in range(4))
    wide = numpy.minimum(x1[:, None], x1) - numpy.maximum(x0[:, None], x0)
    high = numpy.minimum(y1[:, None], y1) - numpy.maximum(y0[:, None], y0)
    meeting = numpy.argwhere(numpy.triu((wide > 0.5) & (high > 0.5), 1))
    assert [(figure.axes[0].texts[i].get_text(), figure.axes[0].texts[j].get_text()) for i, j in meeting] == []


def test_the_settings_of_the_user_and_pyplot_are_left_alone():
    import matplotlib.pyplot

    before, figures = dict(matplotlib.rcParams), matplotlib.pyplot.get_fignums()
    with matplotlib.rc_context({"font.size": 40, "text.color": "white", "figure.facecolor": "black"}):
        figure = draw.max_pooling([[1, 2]], (1, 2))
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert {text.get_color() for text in figure.axes[0].texts} == {"#111111", "#444444"}
    assert dict(matplotlib.rcParams) == before
    assert matplotlib.pyplot.get_fignums() == figures


@pytest.mark.parametrize(
    ("function", "arrays", "settings", "complaint"),
    [
        (
            draw.cross_correlation,
            [nd.ones((13, 3)), ONES],
            {},
            "data is 13×3, too large to be read in a figure (at most 12×12); draw a part of it",
        ),
        (
            draw.cross_correlation,
            [nd.ones((1, 3, 3)), ONES],
            {},
            "data has the shape (1, 3, 3); expected (height, width)",
        ),
        (
            draw.cross_correlation,
            [nd.ones((3, 3)), ONES],
            {"at": (2, 0)},
            "at is (2, 0); expected a position in the output, whose shape is (2, 2)",
        ),
        (draw.cross_correlation, [nd.ones((3, 3)), ONES], {"at": (0, 0.5)}, "at is (0, 0.5); expected a position"),
        (draw.cross_correlation, [nd.ones((3, 3)), ONES], {"stride": 0}, "stride is 0; expected a whole number from 1"),
        (draw.cross_correlation, [nd.ones((3, 3)), ONES], {"pad": (1, 2, 3)}, "pad is (1, 2, 3); expected a whole"),
        (draw.cross_correlation, [[["a"]], ONES], {}, "data holds <U1; expected real numbers"),
        (draw.cross_correlation, [numpy.ones((0, 3)), ONES], {}, "data has the shape (0, 3), which is empty"),
        (
            draw.cross_correlation,
            [numpy.full((12, 12), -1e4), ONES],
            {"pad": 8},
            "could not be read (at most 16 × 15); draw a part",
        ),
        (draw.convolution, [nd.ones((2, 3, 3)), nd.ones((1, 3, 2, 2))], {}, "is for 3 input channels and data has 2"),
        (
            draw.convolution,
            [nd.ones((2, 3, 3)), nd.ones((1, 2, 2, 2)), [1, 2]],
            {},
            "bias has the shape (2,); expected (1,), one for each output channel",
        ),
        (draw.convolution, [nd.ones((7, 3, 3)), nd.ones((1, 7, 2, 2))], {}, "data has 7 channels; a figure shows 6"),
        (draw.pointwise, [nd.ones((2, 3, 3)), nd.ones((1, 2, 2, 2))], {}, "weight has the shape (1, 2, 2, 2)"),
        (draw.max_pooling, [nd.ones((3, 3)), 2], {"pooling_convention": "same"}, "expected 'valid' or 'full'"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(function, arrays, settings, complaint):
    with pytest.raises(ValueError) as raised:
        function(*arrays, **settings)
    message = str(raised.value)
    assert message.startswith(f"{function.__name__}: ")
    assert complaint in message
    assert len(message.splitlines()) == 1


def test_the_operators_own_errors_come_through():
    with pytest.raises(MXNetError, match=r"kernel \(5, 5\) is larger than the padded input \(3, 3\)"):
        draw.cross_correlation(nd.ones((3, 3)), nd.ones((5, 5)))
