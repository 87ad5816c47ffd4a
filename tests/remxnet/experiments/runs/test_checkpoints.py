import hashlib
import io
import json
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

import mxnet as mx
from remxnet.errors import InputError
from remxnet.experiments.runs.checkpoints import (
    FORMAT,
    HEADER,
    MAGIC,
    get_random_state,
    read_checkpoint,
    set_random_state,
    write_checkpoint,
)

TREE = {
    "weights": {"0.weight": np.arange(6, dtype="float32").reshape(2, 3), "empty": np.zeros((0, 2))},
    "optimizer": b"\x80\x04bytes",
    "progress": {"epoch": 3, "loss_sum": 0.1 + 0.2, "name": "ü", "nothing": None},
    "list": [1, [np.uint32(7), np.array(2.5)], True],
}


@pytest.fixture
def checkpoint(tmp_path):
    write_checkpoint(tmp_path / "checkpoint", TREE)
    return tmp_path / "checkpoint"


def test_what_is_written_is_read_bit_for_bit(checkpoint):
    tree = read_checkpoint(checkpoint)
    assert tree["progress"] == TREE["progress"]
    assert tree["optimizer"] == TREE["optimizer"]
    assert tree["list"][1][0] == 7
    assert tree["list"][1][1] == np.array(2.5)
    for name, array in TREE["weights"].items():
        assert tree["weights"][name].dtype == array.dtype
        np.testing.assert_array_equal(tree["weights"][name], array)


def test_a_flipped_bit_anywhere_is_noticed(checkpoint):
    content = checkpoint.read_bytes()
    chance = random.Random(0)
    for place in [*range(HEADER.size), *(chance.randrange(HEADER.size, len(content)) for _ in range(200))]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        checkpoint.write_bytes(flipped)
        with pytest.raises(InputError, match=r"checkpoint is (damaged|of format)"):
            read_checkpoint(checkpoint)


@pytest.mark.parametrize("length", [0, 1, HEADER.size - 1, HEADER.size, HEADER.size + 1, -1])
def test_a_file_that_was_cut_off_is_noticed(checkpoint, length):
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    with pytest.raises(InputError, match="checkpoint is damaged"):
        read_checkpoint(checkpoint)


def test_another_format_is_named(checkpoint):
    content = bytearray(checkpoint.read_bytes())
    content[12] = 9
    checkpoint.write_bytes(content)
    with pytest.raises(InputError, match="is of format 9, which this version of remxnet cannot read; it reads 1"):
        read_checkpoint(checkpoint)


def test_nothing_is_unpickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_checkpoint(tmp_path / "checkpoint", {"objects": np.array([print], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def sealed(body):
    """What somebody could write who knows the format."""
    digest = hashlib.blake2b(body, digest_size=32).digest()
    return HEADER.pack(MAGIC, FORMAT, len(body), digest) + body


def archive(save=np.savez, **arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def text(tree):
    return np.frombuffer(json.dumps(tree).encode(), np.uint8)


def huge():
    """An archive of an array that says it has a million million elements."""
    header, stream = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40,)})
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("tree.npy", archive_member(text({"a": {"\0array": "x"}})))
        members.writestr("x.npy", header.getvalue() + bytes(64))
    return stream.getvalue()


def archive_member(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def with_member(name, content):
    """An archive with a tree that refers to an array, and this in its place."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("tree.npy", archive_member(text({"a": {"\0array": "x"}})))
        members.writestr(name, content)
    return stream.getvalue()


def with_header(header):
    """An archive with an array that has this text for a header."""
    padded = header.ljust(118).encode("latin-1")[:117] + b"\n"
    return with_member("x.npy", b"\x93NUMPY\1\0v\0" + padded + bytes(64))


def overlapping():
    """An archive whose directory lists one member a hundred times."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("tree.npy", archive_member(text({})))
        members.writestr("x.npy", archive_member(np.zeros(10_000)))
        members.filelist += members.filelist[-1:] * 100
    return stream.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"no archive",
        archive(other=np.zeros(3)),
        archive(tree=text([1, 2])),
        archive(tree=text({"a": {"\0array": "missing"}})),
        archive(tree=np.array([{"a": print}], dtype=object)),
        archive(np.savez_compressed, tree=text({}), zeros=np.zeros(1 << 20)),
        archive(tree=np.frombuffer(b"[" * 100000, np.uint8)),
        huge(),
        overlapping(),
        with_member("x", b"text"),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (8,), }" + "\0" * 10),
        with_header("{'descr': '<f8',\n 'fortran_order': False,\n  'shape': (\n"),
        with_header("  {'descr': '<f8'\n}\n   x"),
        with_header('"' * 3),
        with_header("{'descr': '|O', 'fortran_order': False, 'shape': (8,), }"),
        with_header("{'descr': '|V0', 'fortran_order': False, 'shape': (8,), }"),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-8,), }"),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }"),
        with_header("[" * 100),
        archive(tree=text({"a": {"\0array": ["x"]}})),
        archive(tree=text({"a": {"\0array": "x"}, "b": {"\0bytes": "x"}, "c": {"\0bytes": "x"}}), x=np.zeros(3)),
    ],
)
def test_a_checkpoint_that_somebody_made_up_does_no_harm(tmp_path, body):
    (tmp_path / "checkpoint").write_bytes(sealed(body))
    with pytest.raises(InputError, match="checkpoint is damaged: "):
        read_checkpoint(tmp_path / "checkpoint")


def test_an_array_that_is_named_often_is_held_once(tmp_path):
    array = np.arange(64_000, dtype="float32")
    tree = {f"n{number}": {"\0array": "x"} for number in range(8_000)}
    (tmp_path / "checkpoint").write_bytes(sealed(archive(tree=text(tree), x=array)))
    tracemalloc.start()
    tree = read_checkpoint(tmp_path / "checkpoint")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(tree) == 8_000 and tree["n0"] is tree["n7999"]
    np.testing.assert_array_equal(tree["n0"], array)
    assert peak < 12_000_000


def damaged(state, *path, value):
    """A random state with something else in one place."""
    if not path:
        return value
    if isinstance(state, list):
        return [*state[: path[0]], damaged(state[path[0]], *path[1:], value=value), *state[path[0] + 1 :]]
    return {**state, path[0]: damaged(state[path[0]], *path[1:], value=value)}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("numpy", "state", "pos"), 10**9),
        (("numpy", "state", "pos"), -1),
        (("numpy", "state", "pos"), 2**80),
        (("numpy", "state", "key"), np.zeros(3, np.uint32)),
        (("numpy", "state", "key"), np.zeros(624, np.float64)),
        (("numpy",), {}),
        (("numpy",), None),
        (("python", 1), np.full(625, -1)),
        (("python", 1), np.full(625, 1 << 40)),
        (("python", 0), 2**80),
        (("host", "serial", "position"), 2**80),
        (("host", "parallel", "positions"), np.array([1 << 40])),
        (("host", "torch"), np.zeros(7, np.uint8)),
        (("torch",), np.zeros(7, np.uint8)),
    ],
)
def test_a_random_state_that_is_none_is_refused(path, value):
    state = get_random_state(mx.cpu())
    errors = (mx.MXNetError, AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError, RuntimeError)
    try:
        with pytest.raises(errors):
            set_random_state(damaged(state, *path, value=value), mx.cpu())
        np.random.rand()
    finally:
        set_random_state(state, mx.cpu())


def test_every_kind_of_random_number_goes_on_from_where_it_was():
    import torch

    def draw():
        return (
            mx.nd.random.uniform(shape=(100,)).asnumpy().tolist(),
            mx.np.random.normal(size=(3,)).asnumpy().tolist(),
            np.random.rand(),
            np.random.randn(),  # of a pair, of which the generator keeps the other
            random.random(),
            random.gauss(0, 1),
            torch.rand(2).tolist(),
        )

    mx.random.seed(3)
    draw()
    state = get_random_state(mx.cpu())
    expected = draw()
    draw()
    set_random_state(state, mx.cpu())
    assert draw() == expected
