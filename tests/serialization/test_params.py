"""The `.params` format: what is written comes back, and a damaged file is an error that costs nothing."""

import contextlib
import os
import struct
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet.base import MXNetError
from mxnet.serialization import params

DTYPES = ["float32", "float64", "float16", "uint8", "int8", "int32", "int64", "bool"]
HEADER = struct.pack("<QQQ", 0x112, 0, 1)
NO_NAMES = struct.pack("<Q", 0)
THREE = np.array([1, 2, 3], "float32")


def file_of(array: bytes, names: bytes = NO_NAMES) -> bytes:
    return HEADER + array + names


def array_header(shape, code=0, magic=0xF993FAC9, storage=0):
    return struct.pack(f"<Iii{len(shape)}qiii", magic, storage, len(shape), *shape, 1, 0, code)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1, 1), (0, 4), (2, 0)])
def test_every_dtype_and_shape_comes_back(tmp_path, dtype, shape):
    array = (np.arange(np.prod(shape)) % 2).astype(dtype).reshape(shape)
    params.save(tmp_path / "a.params", {"a": array, "b.c": array})
    back = params.load(tmp_path / "a.params")
    assert list(back) == ["a", "b.c"]
    for name in back:
        assert back[name].dtype == dtype
        np.testing.assert_array_equal(back[name], array, strict=True)


def test_list_comes_back_as_list():
    back = params.loads(params.dumps([THREE, THREE.astype("int8")]))
    assert [a.dtype.name for a in back] == ["float32", "int8"]


def test_empty_list_and_empty_dict_are_the_same_file():
    assert params.dumps([]) == params.dumps({})
    assert params.loads(params.dumps({})) == []


def test_scalars_need_numpy_shape_semantics():
    with pytest.raises(MXNetError, match=r"array 1 has shape \(\).*npx.set_np"):
        params.dumps([THREE, np.float32(1).reshape(())])
    (back,) = params.loads(params.dumps([np.array(2.5)], np_shape=True), np_shape=True)
    assert back.shape == () and back == 2.5


def test_semantics_asked_for_are_checked():
    legacy, numpy_like = params.dumps([THREE]), params.dumps([THREE], np_shape=True)
    with pytest.raises(MXNetError, match="saved without NumPy's shape semantics"):
        params.loads(legacy, np_shape=True)
    with pytest.raises(MXNetError, match="saved with NumPy's shape semantics; call npx.set_np"):
        params.loads(numpy_like, np_shape=False)
    for content in (legacy, numpy_like):
        np.testing.assert_array_equal(params.loads(content)[0], THREE)


@pytest.mark.parametrize(
    "array",
    [
        struct.pack("<Iiqiii", 0xF993FAC8, 1, 3, 1, 0, 0) + THREE.tobytes(),
        struct.pack("<IIiii", 1, 3, 1, 0, 0) + THREE.tobytes(),
    ],
    ids=["no storage field", "before the magic"],
)
def test_older_headers_are_read(array):
    np.testing.assert_array_equal(params.loads(file_of(array))[0], THREE)


def test_arrays_are_writable_and_own_their_memory():
    content = bytearray(params.dumps([THREE]))
    (back,) = params.loads(content)
    content[-20:] = bytes(20)
    back[0] = 7
    assert back.tolist() == [7, 2, 3]


def test_big_endian_and_strided_arrays_are_written_as_their_values():
    strided = np.arange(6, dtype=">f4").reshape(2, 3)[:, ::2]
    np.testing.assert_array_equal(params.loads(params.dumps([strided]))[0], strided.astype("f4"), strict=True)


def test_unknown_dtype_is_refused_on_writing():
    with pytest.raises(MXNetError, match="array 0 has dtype complex64, expected one of float32"):
        params.dumps([np.zeros(2, "complex64")])


def sparse_header(storage, stored, shape, positions, code=6):
    """The header of a sparse array of float32: shapes of what is stored, of the whole and of the positions."""

    def packed(lengths):
        return struct.pack(f"<i{len(lengths)}q", len(lengths), *lengths)

    head = struct.pack("<Ii", 0xF993FAC9, storage) + packed(stored) + packed(shape) + struct.pack("<iii", 1, 0, 0)
    return head + b"".join(struct.pack("<i", code) + packed(lengths) for lengths in positions)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file header needs 24 bytes, 0 are left"),
        (struct.pack("<QQQ", 0x113, 0, 0) + NO_NAMES, "it starts with 0x113, expected 0x112"),
        (struct.pack("<QQQ", 0x112, 0, 2**60), "array 0 needs 4 bytes, 0 are left"),
        (file_of(array_header((3,)) + THREE.tobytes())[:-12], "array 0 needs 12 bytes, 8 are left"),
        (file_of(array_header((2**40,))), "array 0 needs 4398046511104 bytes, 8 are left"),
        (file_of(array_header((2**62, 2**62))), "array 0 needs .* bytes, 8 are left"),
        (file_of(array_header((0, 2**62, 2**62))), "array 0 has shape"),
        (file_of(array_header((-3,))), r"array 0 has shape \(-3,\)"),
        (file_of(struct.pack("<Iii", 0xF993FAC9, 0, 0)), "array 0 has 0 dimensions"),
        (file_of(struct.pack("<Iii", 0xF993FACA, 0, -1)), "array 0 has -1 dimensions"),
        (file_of(struct.pack("<I", 10**9)), "array 0 has 1000000000 dimensions"),
        (file_of(array_header((3,), code=99) + THREE.tobytes()), "array 0 has unknown dtype code 99"),
        (file_of(array_header((3,), storage=3)), r"array 0 has storage 3, expected 0 \(dense\), 1 .* or 2 \(csr\)"),
        (file_of(sparse_header(2, (2,), (3, 2), [(4,), (1,)])), r"array 0 is csr of shape \(3, 2\) and stores \(2,\)"),
        (file_of(sparse_header(2, (2,), (3, 2, 1), [(4,), (2,)])), r"array 0 is csr of shape \(3, 2, 1\)"),
        (
            file_of(sparse_header(2, (2,), (3, 2), [(4,), (2,)])),
            "array 0 needs 8 bytes, 0 are left|positions of array 0",
        ),
        (file_of(sparse_header(1, (2, 2), (3, 3), [(2,)])), r"array 0 is row_sparse of shape \(3, 3\)"),
        (file_of(sparse_header(1, (4, 3), (3, 3), [(4,)])), "array 0 is row_sparse"),
        (
            file_of(sparse_header(1, (2, 3), (3, 3), [(2,)], code=4)),
            "array 0 has positions of dtype code 4, expected 6",
        ),
        (file_of(sparse_header(1, (2**40, 3), (2**41, 3), [(2**40,)])), "array 0 needs 13194139533312 bytes"),
        (file_of(sparse_header(1, (), (3,), [(2,)])), "what array 0 stores has 0 dimensions"),
        (file_of(array_header((3,)) + THREE.tobytes(), struct.pack("<Q", 2)), "it holds 1 arrays and 2 names"),
        (file_of(array_header((3,)) + THREE.tobytes(), struct.pack("<QQ", 1, 2**50)), "name 0 needs 1125899906842624"),
        (file_of(array_header((3,)) + THREE.tobytes(), struct.pack("<QQ2s", 1, 2, b"\xff\xfe")), "name 0 is not UTF-8"),
    ],
)
def test_damage_is_named(content, problem):
    with pytest.raises(MXNetError, match=f"'buffer' is not a valid .params file: {problem}"):
        params.loads(content)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(MXNetError, match=r"load: cannot read '.*none.params': No such file"):
        params.load(tmp_path / "none.params")
    with pytest.raises(MXNetError, match=r"save: cannot write '.*a.params': No such file"):
        params.save(tmp_path / "none" / "a.params", [THREE])
    with pytest.raises(MXNetError, match="load: cannot read"):
        params.load(tmp_path)


def test_failed_save_leaves_the_old_file_and_nothing_beside(tmp_path):
    path = tmp_path / "a.params"
    params.save(path, [THREE])
    before = path.read_bytes()

    class Failing(np.ndarray):
        def __array__(self, *args, **kwargs):
            raise OSError(28, "No space left on device")

    failing = THREE.view(Failing)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(MXNetError, match="No space left"):
        patch.setattr(params.np, "ascontiguousarray", Failing.__array__)
        params.save(path, [failing])
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.params"]


def test_saving_through_a_link_keeps_the_link_and_the_permissions(tmp_path):
    target, link = tmp_path / "real.params", tmp_path / "link.params"
    params.save(target, [THREE])
    target.chmod(0o640)
    link.symlink_to(target)
    params.save(link, [THREE * 2])
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o640
    assert params.load(target)[0].tolist() == [2, 4, 6]


def test_a_pipe_can_be_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(params.dumps({"x": THREE}),))
    writer.start()
    assert params.load(pipe)["x"].tolist() == [1, 2, 3]
    writer.join()


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, 200),
    new=st.binary(min_size=1, max_size=9),
    cut=st.integers(0, 250),
    base=st.sampled_from([0, 1, 2]),
)
def test_mutations_are_read_or_refused_within_the_files_size(at, new, cut, base):
    arrays = {"weight": np.arange(12, dtype="float32").reshape(3, 4), "bias": np.ones(3, "float16"), "n": np.ones(1)}
    content = [params.dumps(arrays), params.dumps(list(arrays.values())), params.dumps(arrays, np_shape=True)][base]
    mutated = (content[:at] + new + content[at + len(new) :])[: cut or None]
    tracemalloc.start()
    with contextlib.suppress(MXNetError):
        params.loads(mutated)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000
