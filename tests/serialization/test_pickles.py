"""Pickles as inert data: everything data can be is told, and nothing in a file is done or taken for a size."""

import os
import pickle
import tracemalloc

import pytest

from mxnet.serialization import pickles
from mxnet.serialization.pickles import Global, Made

DATA = {
    0: [1, -2, 1 << 40, 1 << 200, 2.5, "text", None, True, False],
    "k": (1, (2,), (), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    (1, "a"): {"a": {}, "b": [[], [0]]},
    b"bytes": {1, 2},
    None: frozenset(["x"]),
}


def as_bytes(value):
    """Views as bytes, and what Python 3 makes of bytes in the old protocols."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, dict):
        return {as_bytes(key): as_bytes(each) for key, each in value.items()}
    return value


@pytest.mark.parametrize("protocol", [4, 5])
def test_data_come_as_they_are(protocol):
    assert as_bytes(pickles.read(pickle.dumps(DATA, protocol))) == DATA


@pytest.mark.parametrize("protocol", [0, 1, 2, 3])
def test_data_of_old_protocols_come_as_they_are(protocol):
    data = {key: value for key, value in DATA.items() if key not in (b"bytes", None)}  # sets and bytes are calls there
    assert pickles.read(pickle.dumps(data, protocol)) == data


def test_what_is_one_thing_stays_one():
    shared = [1]
    back = pickles.read(pickle.dumps([shared, shared, (shared,)]))
    assert back[0] is back[1] is back[2][0]
    back[0].append(back)
    assert pickles.read(pickle.dumps(back))[0][1][0][0] == 1


def test_bytes_are_views_of_the_file():
    content = pickle.dumps(bytes(range(256)) * 4000, 4)
    tracemalloc.start()
    view = pickles.read(content)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert bytes(view[:3]) == b"\0\1\2" and len(view) == 1_024_000
    assert held < 100_000


def test_calls_are_told_and_not_made():
    class Trap:
        def __reduce__(self):
            return os.mkdir, ("made by a pickle",), {"state": 1}

    made = pickles.read(pickle.dumps(Trap()))
    assert type(made) is Made and type(made.of) is Global
    assert (made.of.name, made.arguments, made.state) == ("mkdir", ("made by a pickle",), {"state": 1})
    assert not made.is_bare and not os.path.exists("made by a pickle")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x80\x04cbuiltins\ndict\n}b.", "changes a Global"),
        (b"\x80\x04cbuiltins\ndict\n(N}tb.", "changes a Global"),
        (b"\x80\x04}}b.", "changes a dict"),
        (b"\x80\x04cbuiltins\ndict\n)\x81}b}b.", "two states"),
        (b"\x80\x04PX\n.", "operation PERSID"),
        (b"\x80\x04\x82\x01.", "operation EXT1"),
        (b"\x80\x05\x97.", "operation NEXT_BUFFER"),
        (b"(ios\nsystem\n.", "operation INST"),
        (b"\x80\x06N.", "protocol 6"),
        (b"\x80\x04}]Ns.", "a key is a list"),
        (b"\x80\x04]NNs.", "adds to a list"),
        (b"\x80\x04}(Nu.", "a key without a value"),
        (b"\x80\x04NN.", "2 values are left"),
        (b"\x80\x04(N.", "1 values are left"),
        (b"\x80\x04h\x05.", "damaged"),
        (b"\x80\x04.", "0 values are left"),
        (b"\x80\x04N", "damaged"),
        (b"\x80\x04R.", "damaged"),
        (b"\x80\x04NN\x93.", "no text"),
        (b"\x80\x04NNR.", "calls a NoneType"),
        (b"", "damaged"),
    ],
)
def test_what_is_no_data_is_refused(content, problem):
    with pytest.raises(pickle.UnpicklingError, match=problem):
        pickles.read(content)


HOSTILE = {
    "bytearray of a number": b"\x80\x04cbuiltins\nbytearray\n(\x8a\x09" + (2800000000).to_bytes(9, "little") + b"tR.",
    "large index in the memo": b"\x80\x04Nr" + (175000000).to_bytes(4, "little") + b".",
    "index in the memo as text": b"\x80\x04Np4000000000\n.",
    "bytes that are not there": b"\x80\x04B" + (1 << 31).to_bytes(4, "little") + b"x.",
    "many bytes that are not there": b"\x80\x04\x8e" + (1 << 62).to_bytes(8, "little") + b"x.",
    "a text that is not there": b"\x80\x04\x8d" + (1 << 40).to_bytes(8, "little") + b"x.",
    "a number that is not there": b"\x80\x04\x8b" + ((1 << 31) - 1).to_bytes(4, "little") + b"x.",
    "a frame that is not there": b"\x80\x04\x95" + (1 << 62).to_bytes(8, "little") + b"N.",
    "a dict in itself": b"\x80\x04}\x94K\0h\0s.",
    "a list in itself": b"\x80\x04]\x94h\0a.",
    "tuples within each other": b"\x80\x04)" + b"\x85" * 3000 + b".",
    "tuples twice in each other": b"\x80\x04)\x94" + b"h\0h\0\x86q\0" * 40 + b".",
    "a tuple of tuples as a key": b"\x80\x04})" + b"\x85" * 3000 + b"Ns.",
    "a large key": b"\x80\x04}\x8a\x20" + b"\x7f" * 32 + b"Ns.",
    "a number of many digits": b"\x80\x04L" + b"9" * 100_000 + b"L\n.",
}


@pytest.mark.parametrize(
    "content", [b"S" + b"x" * 10_000 + b"\n.", b"F" + b"1" * 300 + b"x\n.", b"I" + b"9" * 300 + b"x\n."]
)
def test_an_error_does_not_quote_the_file(content):
    with pytest.raises(pickle.UnpicklingError, match="a damaged pickle: ") as caught:
        pickles.read(content)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("name", HOSTILE)
def test_a_small_file_takes_little_memory(name):
    tracemalloc.start()
    try:
        pickles.read(HOSTILE[name])
    except pickle.UnpicklingError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 1_500_000


def test_operations_are_counted(monkeypatch):
    monkeypatch.setattr(pickles, "MOST_OPERATIONS", 1000)
    with pytest.raises(pickle.UnpicklingError, match="more than 1,000 operations"):
        pickles.read(b"\x80\x04" + b"}" * 2000 + b".")
