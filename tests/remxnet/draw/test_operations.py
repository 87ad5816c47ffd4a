"""The terms that are written out add up to what the operator computed, wherever the window lies."""

import numpy
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("matplotlib")
from remxnet.draw.operations import Convolution, Pooling

small = st.integers(1, 3)


def image(channels, height, width):
    return numpy.random.RandomState(height * 10 + width).randn(channels, height, width)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.tuples(small, small),
    st.tuples(small, small),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(small, small),
    st.booleans(),
)
def test_the_products_of_a_convolution(size, kernel, stride, pad, dilate, with_bias):
    assume(all(n + 2 * p >= d * (k - 1) + 1 for n, k, p, d in zip(size, kernel, pad, dilate)))
    weight = numpy.random.RandomState(1).randn(2, 2, *kernel)
    bias = numpy.array([0.5, -2.0]) if with_bias else None
    drawn = Convolution(image(2, *size), weight, bias, title="", stride=stride, pad=pad, dilate=dilate)
    for at in drawn.positions():
        total = sum(x * w for channel in drawn.factors(at) for x, w in channel) + (bias[at[0]] if with_bias else 0)
        assert total == pytest.approx(drawn.output[at], rel=1e-9, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.tuples(small, small),
    st.tuples(small, small),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.sampled_from(["valid", "full"]),
    st.booleans(),
)
def test_the_members_of_a_pool(size, kernel, stride, pad, convention, count_padding):
    assume(all(n + 2 * p >= k and p < k for n, k, p in zip(size, kernel, pad)))
    for kind in ("max", "avg"):
        drawn = Pooling(
            image(2, *size),
            kind,
            kernel=kernel,
            stride=stride,
            pad=pad,
            convention=convention,
            count_padding=count_padding,
        )
        for at in drawn.positions():
            members = drawn.members(at)
            if members:
                expected = max(members) if kind == "max" else sum(members) / len(members)
                assert expected == pytest.approx(drawn.output[at], rel=1e-9, abs=1e-12)
