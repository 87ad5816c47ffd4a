"""The bank of generators against NumPy's own MT19937, one stream at a time."""

import numpy as np
import pytest

from mxnet.base import MXNetError
from mxnet.streams.mt19937 import Bank


def expected(seed, count):
    return np.random.RandomState(seed % 2**32).randint(0, 2**32, count, np.uint32)


def take(bank, rows, counts):
    """Use up `counts` words of each of some streams."""
    window = bank.window(rows, int(np.max(counts)))
    taken = [row[:count].copy() for row, count in zip(window.words, np.broadcast_to(counts, len(window.words)))]
    window.commit(np.asarray(counts))
    return taken


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 2])
@pytest.mark.parametrize("count", [1, 623, 624, 625, 2000])
def test_first_words_of_each_stream(seed, count):
    bank = Bank(seed)
    for stream, words in enumerate(take(bank, slice(0, 3), count)):
        np.testing.assert_array_equal(words, expected(seed + stream, count))


def test_streams_at_different_places_go_on_where_they_were():
    bank, rng, streams = Bank(99), np.random.RandomState(0), 7
    got = [[] for _ in range(streams)]
    for _ in range(60):
        for stream, words in enumerate(take(bank, slice(0, streams), rng.randint(0, 700, streams))):
            got[stream].extend(words)
    for stream in range(streams):
        np.testing.assert_array_equal(np.array(got[stream], np.uint32), expected(99 + stream, len(got[stream])))


def test_a_window_takes_nothing_until_committed_and_can_be_extended():
    bank = Bank(3)
    window = bank.window(slice(0, 2), 10)
    first = window.words[:, :10].copy()
    window.extend(1500)
    np.testing.assert_array_equal(window.words[:, :10], first)
    np.testing.assert_array_equal(window.words[1, :1500], expected(4, 1500))
    np.testing.assert_array_equal(bank.window(slice(0, 2), 10).words[:, :10], first)


def test_later_streams_are_seeded_when_first_used():
    bank = Bank(5)
    take(bank, slice(0, 1), 700)
    assert bank.seeded == 1
    words = take(bank, slice(0, 1024), 3)
    np.testing.assert_array_equal(words[0], expected(5, 703)[700:])
    np.testing.assert_array_equal(words[1023], expected(1028, 3))


def test_state_of_a_bank_is_that_of_numpys_generator():
    bank = Bank(11)
    take(bank, slice(0, 2), [630, 12])
    state = bank.get_state()
    numpys = np.random.RandomState(11)
    numpys.randint(0, 2**32, 630, np.uint32)
    _, key, position, _, _ = numpys.get_state()
    np.testing.assert_array_equal(state["states"][0], key)
    assert state["positions"].tolist() == [position, 12]


def test_a_restored_bank_repeats_itself():
    bank = Bank(11)
    take(bank, slice(0, 3), [630, 12, 624])
    state = bank.get_state()
    after = take(bank, slice(0, 4), [5, 900, 3, 1])
    other = Bank(0)
    other.set_state(state)
    for mine, theirs in zip(after, take(other, slice(0, 4), [5, 900, 3, 1])):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    "change",
    [
        {"states": np.zeros((1, 623), np.uint32)},
        {"states": np.zeros((1, 624), np.int64)},
        {"positions": np.array([625])},
        {"positions": np.zeros(2, np.int64)},
    ],
)
def test_what_is_no_state_is_refused(change):
    bank = Bank(1)
    take(bank, slice(0, 1), 1)
    with pytest.raises(MXNetError, match="random state"):
        bank.set_state({**bank.get_state(), **change})
