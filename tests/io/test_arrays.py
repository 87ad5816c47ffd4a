"""NDArrayIter where MXNet has nothing to say, or less: bad input, h5py, NumPy semantics."""

from __future__ import annotations

import copy
import pickle
import sys
import types

import numpy as np
import pytest

import mxnet as mx


def test_a_batch_without_samples_is_an_error():
    for size in (0, -1):
        with pytest.raises(ValueError, match=f"batch_size={size}; expected 1 or more"):
            mx.io.NDArrayIter(np.ones((3, 2)), None, size)


def test_fewer_labels_than_samples_are_an_error():
    with pytest.raises(ValueError, match="softmax_label has 2 samples; data 3"):
        mx.io.NDArrayIter(np.ones((3, 2)), np.ones(2))


def test_labels_beyond_the_samples_do_not_count():
    batches = list(mx.io.NDArrayIter(np.ones((3, 2)), np.arange(5), 2))
    assert [batch.label[0].asnumpy().tolist() for batch in batches] == [[0, 1], [2, 0]]


def test_data_before_the_first_batch_is_an_error():
    with pytest.raises(mx.MXNetError, match=r"no batch yet; next\(\)"):
        mx.io.NDArrayIter(np.ones((3, 2))).getdata()


def test_last_batches_of_a_csr_matrix_are_left_out():
    with pytest.raises(NotImplementedError, match=r"data is csr and last_batch_handle='pad'; expected 'discard'"):
        mx.io.NDArrayIter(mx.nd.ones((3, 2)).tostype("csr"))


def test_what_is_expected_is_said():
    with pytest.raises(TypeError, match="_1_data is a set; expected an NDArray, a numpy.ndarray"):
        mx.io.NDArrayIter([np.ones(3), {1}])


def test_arrays_of_numpy_semantics_stay_so():
    batch = next(mx.io.NDArrayIter(mx.np.ones((3, 2)), mx.np.arange(3), 2, shuffle=True))
    assert type(batch.data[0]) is type(batch.label[0]) is mx.np.ndarray


def test_a_data_set_of_h5py_stays_on_its_disk(monkeypatch):
    class Dataset:  # h5py is not needed for the tests
        def __init__(self, array):
            self.array, self.read = array, []
            self.shape, self.dtype = array.shape, array.dtype

        def __getitem__(self, key):
            self.read.append(key)
            return self.array[key]

    monkeypatch.setitem(sys.modules, "h5py", types.SimpleNamespace(Dataset=Dataset))
    source = Dataset(np.arange(10, dtype="float32").reshape(5, 2))
    batches = list(mx.io.NDArrayIter(source, None, 2))
    assert [batch.data[0].asnumpy()[:, 0].tolist() for batch in batches] == [[0, 2], [4, 6], [8, 0]]
    assert source.read == [slice(0, 2), slice(2, 4), slice(4, 5), slice(0, 1)]
    mixed = mx.io.NDArrayIter(source, None, 5, shuffle=True)
    assert sorted(next(mixed).data[0].asnumpy()[:, 0].tolist()) == [0, 2, 4, 6, 8]


def test_descriptions_are_copied_whole():
    desc = mx.io.DataDesc("x", (2, 3), "int8", "TNC")
    for made in (pickle.loads(pickle.dumps(desc)), copy.deepcopy(desc)):
        assert repr(made) == "DataDesc[x,(2, 3),int8,TNC]"


def test_an_error_of_an_iterator_comes_where_its_batch_is_asked_for():
    class Fails(mx.io.NDArrayIter):
        def next(self):
            if self.cursor >= 0:
                raise OSError("the disk is gone")
            return super().next()

    batches = mx.io.PrefetchingIter(Fails(np.ones((4, 2)), batch_size=2))
    assert next(batches).pad == 0
    with pytest.raises(OSError, match="the disk is gone"):
        next(batches)
    batches.reset()
    assert next(batches).pad == 0
