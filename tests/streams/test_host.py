"""How draws are split over streams, keep their places, are saved and share threads."""

import threading

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import streams
from mxnet.base import MXNetError
from mxnet.context import cpu, cpu_pinned, gpu, num_gpus
from mxnet.streams import HostStreams


def words(seed, count):
    return np.random.RandomState(seed % 2**32).randint(0, 2**32, count, np.uint32)


def unit(seed, count):
    return words(seed, count).astype(np.float32) * np.float32(2**-32)


def polar(numbers):
    """Textbook polar method over a list of uniform numbers, one at a time: pairs of normal numbers."""
    pairs = []
    for first, second in zip(numbers[0::2], numbers[1::2]):
        x, y = np.float32(2) * first - np.float32(1), np.float32(2) * second - np.float32(1)
        radius = x * x + y * y
        if 0 < radius <= 1:
            factor = np.float32(np.sqrt(-2 * np.log(float(radius)) / float(radius)))
            pairs.append((y * factor, x * factor))
    return np.array(pairs)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 128, 1000, 65536, 65537, 70000])
def test_a_draw_is_split_in_equal_runs(n):
    runs = min(1024, -(-n // 64))
    length = -(-n // runs)
    drawn = HostStreams(3).parallel.uniform(n)
    for run in (0, 1, runs // 2, (n - 1) // length):
        expected = unit(3 * 127 + run, length)[: max(0, n - run * length)]
        np.testing.assert_array_equal(drawn[run * length : (run + 1) * length], expected)


def test_streams_keep_their_places():
    parallel = HostStreams(3).parallel
    parallel.uniform(130)  # 44, 44 and 42
    again = parallel.uniform(130)
    np.testing.assert_array_equal(again[:44], unit(3 * 127, 88)[44:])
    np.testing.assert_array_equal(again[88:], unit(3 * 127 + 2, 84)[42:])


@pytest.mark.parametrize("n", [1, 64, 65, 1000, 66000])
def test_normal_numbers_follow_the_polar_method_stream_by_stream(n):
    parallel = HostStreams(8).parallel
    drawn, after = parallel.normal(n), parallel.uniform(1)
    length = -(-n // min(1024, -(-n // 64)))
    for run in {0, (n - 1) // length}:
        part = drawn[run * length : (run + 1) * length]
        expected = polar(unit(8 * 127 + run, 6 * length + 60))[: len(part), 0]
        np.testing.assert_allclose(part, expected, rtol=2e-6, atol=1e-7)
    first = unit(8 * 127, 6 * length + 60)
    used = 2 * (1 + [len(polar(first[: 2 * k])) for k in range(1, len(first) // 2)].index(min(n, length)))
    np.testing.assert_array_equal(after, first[used : used + 1])


def test_serial_normal_numbers_keep_both_of_a_pair():
    serial = HostStreams(8).serial
    np.testing.assert_allclose(serial.normal(7), polar(unit(8 * 127, 40)).reshape(-1)[:7], rtol=2e-6)


def test_default_seed_gives_what_the_notebooks_kernel_starts_from():
    np.testing.assert_allclose(HostStreams().parallel.uniform(2, -0.07, 0.07), [0.00683389, 0.01299825], rtol=1e-6)


def test_double_numbers_take_two_words():
    first, second = (int(word) for word in words(127, 2))
    assert HostStreams(1).parallel.uniform(1, dtype=np.float64)[0] == (first + second * 2**32) / 2**64


def test_bernoulli_is_uniform_below_the_probability():
    for probability in (0.0, 0.3, 0.5, 1.0):
        kept = HostStreams(4).parallel.bernoulli(5000, probability)
        np.testing.assert_array_equal(kept, HostStreams(4).parallel.uniform(5000) < np.float32(probability))


@pytest.mark.parametrize("method", ["permutation", "row_permutation"])
def test_a_permutation_has_every_element_once(method):
    for n in (0, 1, 2, 70000):
        assert sorted(getattr(HostStreams(2).serial, method)(n)) == list(range(n))


@pytest.mark.parametrize(("n", "population"), [(0, 5), (3, 8), (4, 8), (8, 8), (10, 1000)])
def test_choice_without_replacement_repeats_nothing(n, population):
    chosen = HostStreams(2).serial.choice_without_replacement(n, population)
    assert len(chosen) == n == len({*chosen.tolist()} & {*range(population)})


@pytest.mark.parametrize(
    ("draw", "mean", "variance"),
    [
        (lambda s: s.parallel.gamma(40000, 2.5, 2.0), 5, 10),
        (lambda s: s.parallel.gamma(40000, 0.4, 2.0), 0.8, 1.6),
        (lambda s: s.serial.gamma(40000, 0.4, 2.0), 0.8, 1.6),
        (lambda s: s.parallel.poisson(40000, 4.0), 4, 4),
        (lambda s: s.parallel.poisson(40000, 40.0), 40, 40),
        (lambda s: s.parallel.negative_binomial(40000, 3, 0.4), 4.5, 11.25),
        (lambda s: s.parallel.generalized_negative_binomial(40000, 2.0, 0.5), 2, 4),
        (lambda s: s.parallel.exponential(40000, 0.5), 2, 4),
        (lambda s: s.parallel.randint(40000, 0, 13), 6, 14),
    ],
)
def test_moments(draw, mean, variance):
    numbers = draw(HostStreams(6)).astype(float)
    assert abs(numbers.mean() - mean) < 5 * (variance / 40000) ** 0.5
    assert abs(numbers.var() / variance - 1) < 0.1


def draws(s):
    parallel = [s.parallel.uniform(300), s.parallel.normal(300), s.parallel.gamma(300, 0.5)]
    return [*parallel, s.serial.normal(31), s.serial.unit(5)]


def test_a_saved_state_repeats_what_followed():
    first = HostStreams(21)
    draws(first)
    state = first.get_state()
    expected, other = draws(first), HostStreams(0)
    other.set_state(state)
    for mine, theirs in zip(expected, draws(other)):
        np.testing.assert_array_equal(mine, theirs)
    assert other.torch_generator.get_state().equal(first.torch_generator.get_state())


def test_a_bad_state_changes_nothing():
    host, reference = HostStreams(21), HostStreams(21)
    draws(host), draws(reference)
    state = HostStreams(5).get_state()
    state["serial"]["position"] = 700
    with pytest.raises(MXNetError, match="random state"):
        host.set_state(state)
    with pytest.raises(MXNetError, match="random state"):
        host.set_state({})
    for mine, theirs in zip(draws(host), draws(reference)):
        np.testing.assert_array_equal(mine, theirs)


def test_threads_never_share_a_word():
    host, found = HostStreams(1), []

    def work():
        for _ in range(50):
            found.append(host.parallel.uniform(40, dtype=np.float64))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = HostStreams(1).parallel
    expected = np.concatenate([together.uniform(40, dtype=np.float64) for _ in range(200)])
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.sort(expected))


def test_cpu_contexts_share_their_streams():
    assert streams.for_context(cpu(0)) is streams.for_context(cpu(3)) is streams.for_context(cpu_pinned())


def test_seeding_leaves_other_generators_alone():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    streams.seed(9)
    streams.for_context(cpu()).serial.uniform(3)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


@pytest.mark.skipif(num_gpus() > 0, reason="there is a gpu")
def test_a_gpu_that_is_not_there_has_no_streams():
    with pytest.raises(MXNetError, match="gpu"):
        streams.for_context(gpu())


def test_shapes_are_found_without_using_up_numbers():
    streams.seed(4)
    mx.nd.random.uniform(shape=3)
    with_device = streams.for_device(torch.device("meta"))
    with_device.parallel.uniform(10)
    np.testing.assert_array_equal(mx.nd.random.uniform(shape=2).asnumpy(), unit(4 * 127, 5)[3:])
