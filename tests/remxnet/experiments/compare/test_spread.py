import random
import statistics

import pytest

from remxnet.experiments.compare.spread import paired_difference, student_quantile, summarize


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [  # Student's table, as every textbook has it
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 3, 3.182),
        (0.975, 4, 2.776),
        (0.975, 9, 2.262),
        (0.975, 30, 2.042),
        (0.975, 1000, 1.962),
        (0.995, 2, 9.925),
        (0.95, 5, 2.015),
    ],
)
def test_quantiles_are_those_of_the_tables(probability, freedom, quantile):
    assert student_quantile(probability, freedom) == pytest.approx(quantile, abs=6e-4)


def test_the_median_is_zero_and_nonsense_is_refused():
    assert student_quantile(0.5, 3) == pytest.approx(0, abs=1e-9)
    for probability, freedom in ((1, 3), (0.2, 3), (0.9, 0)):
        with pytest.raises(ValueError, match="student_quantile"):
            student_quantile(probability, freedom)


def test_the_interval_holds_the_mean_as_often_as_it_says():
    draw = random.Random(1)
    hits = 0
    for _ in range(2000):
        ones = [draw.gauss(1.5, 1) for _ in range(3)]
        others = [draw.gauss(1, 1) for _ in range(3)]
        difference = paired_difference(ones, others)
        hits += difference.low <= 0.5 <= difference.high
    assert 0.935 < hits / 2000 < 0.965  # three standard errors of 0.005 around 0.95


def test_the_deviation_is_that_of_a_sample():
    values = [0.9, 0.8, 0.85, 0.7]
    summary = summarize(values)
    assert (summary.mean, summary.deviation) == (statistics.mean(values), statistics.stdev(values))


def test_pairs_take_out_what_the_seeds_have_in_common():
    good_and_bad_seeds = [0.0, 10.0, 20.0]
    difference = paired_difference([value + 1.1 for value in good_and_bad_seeds], [0.1, 9.9, 20.0])
    assert difference.is_clear
    assert not paired_difference([0.0, 10.0, 20.0], [9.9, 20.0, 0.1]).is_clear


def test_one_value_has_no_spread():
    assert summarize([0.5]).deviation is None
    difference = paired_difference([2.0], [1.0])
    assert (difference.mean, difference.low, difference.high, difference.is_clear) == (1.0, None, None, False)


def test_equal_differences_have_an_interval_of_no_length():
    difference = paired_difference([2.0, 3.0], [1.0, 2.0])
    assert difference.low == difference.high == 1.0
    assert difference.is_clear
