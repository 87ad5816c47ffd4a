"""RecordIO: what is written comes back, in any process; damage is an error."""

import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet import recordio
from mxnet.base import MXNetError

MAGIC = struct.pack("<I", 0xCED7230A)


def write(path, records):
    with recordio.MXRecordIO(path, "w") as stream:
        for record in records:
            stream.write(record)


def read(path):
    with recordio.MXRecordIO(path, "r") as stream:
        return list(iter(stream.read, None))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from([MAGIC, b"a", b"bcde", MAGIC[:2]]), max_size=9).map(b"".join), max_size=5))
def test_records_come_back_whatever_they_hold(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("rec") / "a.rec"
    write(path, records)
    assert path.stat().st_size % 4 == 0
    assert read(path) == records


def test_record_with_aligned_magic_is_split_without_it(tmp_path):
    write(tmp_path / "a.rec", [b"abcd" + MAGIC + b"ef"])
    first, last = MAGIC + struct.pack("<I", 1 << 29 | 4) + b"abcd", MAGIC + struct.pack("<I", 3 << 29 | 2) + b"ef\0\0"
    assert (tmp_path / "a.rec").read_bytes() == first + last


def test_record_too_long_for_the_format(tmp_path):
    stream = recordio.MXRecordIO(tmp_path / "a.rec", "w")
    with pytest.raises(MXNetError, match="at most 536870911 bytes, got 536870912"):
        stream.write(bytes(1 << 29))
    stream.close()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"abcdefghijkl", "has no valid record at byte 0"),
        (MAGIC, "ends within the record at byte 0"),
        (MAGIC + struct.pack("<I", 100) + b"abc", "the record at byte 0 of .* has a part of 100 bytes, more than"),
        (MAGIC + struct.pack("<I", 2**29 - 1) + b"abc", "has a part of 536870911 bytes, more than the file holds"),
        (MAGIC + struct.pack("<I", 1 << 29 | 4) + b"abcd", "ends within the record at byte 0"),
        (MAGIC + struct.pack("<I", 3 << 29 | 4) + b"abcd", "has no valid record at byte 0"),
        (MAGIC + struct.pack("<I", 4 << 29 | 4) + b"abcd", "has no valid record at byte 0"),
    ],
)
def test_damage_is_named(tmp_path, content, problem):
    (tmp_path / "a.rec").write_bytes(content)
    stream = recordio.MXRecordIO(tmp_path / "a.rec", "r")
    with pytest.raises(MXNetError, match=problem):
        stream.read()
    stream.close()


def test_wrong_direction_closed_and_unknown_flag(tmp_path):
    writer = recordio.MXRecordIO(tmp_path / "a.rec", "w")
    with pytest.raises(AssertionError, match="open for writing"):
        writer.read()
    with pytest.raises(TypeError, match="expected bytes, got str"):
        writer.write("text")
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(writer)
    writer.close()
    writer.close()
    with pytest.raises(RuntimeError, match="is closed"):
        writer.write(b"x")
    reader = recordio.MXRecordIO(tmp_path / "a.rec", "r")
    with pytest.raises(AssertionError, match="open for reading"):
        reader.write(b"x")
    reader.close()
    with pytest.raises(ValueError, match="flag must be 'r' or 'w', got 'a'"):
        recordio.MXRecordIO(tmp_path / "a.rec", "a")
    with pytest.raises(MXNetError, match="cannot open .*No such file"):
        recordio.MXRecordIO(tmp_path / "none.rec", "r")


@pytest.fixture
def indexed(tmp_path):
    with recordio.MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w") as stream:
        for key in (4, 0, 2):
            stream.write_idx(key, b"record %d" % key)
    with recordio.MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "r") as stream:
        yield stream


def test_index_reaches_every_record(indexed):
    assert indexed.keys == [4, 0, 2] and indexed.idx == {4: 0, 0: 16, 2: 32}
    assert [indexed.read_idx(key) for key in (2, 4, 0)] == [b"record 2", b"record 4", b"record 0"]
    assert indexed.read() == b"record 2"
    with pytest.raises(KeyError):
        indexed.read_idx(1)
    with pytest.raises(AssertionError, match="open for reading"):
        indexed.tell()


def test_pickled_readers_start_over_with_a_file_of_their_own(indexed):
    indexed.read()
    copy = pickle.loads(pickle.dumps(indexed))
    assert copy.read() == b"record 4"
    assert indexed.read() == b"record 0"
    copy.close()


def test_readers_reopen_their_file_in_another_process(indexed, monkeypatch):
    indexed.read()
    before = indexed._stream
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert indexed.read_idx(0) == b"record 0"
    assert indexed._stream is not before and indexed.keys == [4, 0, 2]


def test_writers_are_refused_in_another_process(tmp_path, monkeypatch):
    with recordio.MXRecordIO(tmp_path / "a.rec", "w") as writer:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(RuntimeError, match="opened for writing in another process"):
            writer.write(b"x")


@pytest.mark.parametrize("line", ["x\t3", "1 3", "1", "1\tx"])
def test_damaged_index(indexed, tmp_path, line):
    (tmp_path / "bad.idx").write_text(f"0\t0\n{line}\n")
    with pytest.raises(ValueError, match=r"bad.idx', line 2: expected a key, a tab and a byte offset"):
        recordio.MXIndexedRecordIO(tmp_path / "bad.idx", indexed.uri, "r")


@pytest.mark.parametrize("line", [b"\xff\xfe\t0", b"0\t" + b"9" * 50_000_000, b"x" * 50_000_000, b"0\t\xe4"])
def test_a_damaged_index_is_one_short_line(indexed, tmp_path, line):
    (tmp_path / "bad.idx").write_bytes(line + b"\n")
    with pytest.raises(ValueError, match=r"bad.idx', line 1: expected a key, a tab and a byte offset, got ") as caught:
        recordio.MXIndexedRecordIO(tmp_path / "bad.idx", indexed.uri, "r")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("offset", [-3, 2, 13])
def test_index_that_points_nowhere(indexed, tmp_path, offset):
    (tmp_path / "bad.idx").write_text(f"0\t{offset}\n")
    with recordio.MXIndexedRecordIO(tmp_path / "bad.idx", indexed.uri, "r") as stream, pytest.raises(MXNetError):
        stream.read_idx(0)


@pytest.mark.parametrize("beyond", [0, 1, 2**62, 2**63, 10**20, 10**4000])
def test_an_index_that_points_past_the_end_names_both_files(indexed, tmp_path, beyond):
    offset = os.path.getsize(indexed.uri) + beyond
    (tmp_path / "bad.idx").write_text(f"0\t{offset}\n")
    problem = pytest.raises(MXNetError, match=r"bad.idx' says that record 0 is at byte \d+ of '.*', which has \d+$")
    with recordio.MXIndexedRecordIO(tmp_path / "bad.idx", indexed.uri, "r") as stream, problem as caught:
        stream.read_idx(0)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("label", "flag"), [(3, 0), (2.5, 0), ([1, 2, 3], 3), (np.array([1, 2]), 2), (np.float32(4), 0)]
)
def test_header_round_trip(label, flag):
    header, content = recordio.unpack(recordio.pack(recordio.IRHeader(9, label, 2**40, 5), b"xyz"))
    assert (header.flag, header.id, header.id2, content) == (flag, 2**40, 5, b"xyz")
    np.testing.assert_array_equal(header.label, label)


@pytest.mark.parametrize("record", [b"", b"short", struct.pack("IfQQ", 100, 0, 0, 0) + b"abcd"])
def test_header_longer_than_its_record(record):
    with pytest.raises((struct.error, ValueError), match="unpack: "):
        recordio.unpack(record)


def test_images_come_back():
    image = (np.arange(8 * 9 * 3) % 256).astype("uint8").reshape(8, 9, 3)
    record = recordio.pack_img(recordio.IRHeader(0, 1, 2, 3), image, quality=3, img_fmt=".png")
    header, back = recordio.unpack_img(record)
    assert header.label == 1
    np.testing.assert_array_equal(back, image)
    assert recordio.unpack_img(record, iscolor=0)[1].shape == (8, 9)
    assert recordio.unpack_img(recordio.pack(recordio.IRHeader(0, 1, 2, 3), b"no image"))[1] is None
