"""Saved optimizer states: what is read back, what is refused, and what a refused file leaves alone."""

import io
import os
import pickle

import numpy as np
import pytest

import mxnet as mx


def trained(optimizer=None):
    updater = mx.optimizer.get_updater(optimizer or mx.optimizer.SGD(learning_rate=0.1, momentum=0.9))
    updater(0, mx.nd.array([1.0, 2.0]), mx.nd.ones((2,)))
    return updater


# {0: NDArray} as MXNet 1.9.1 pickles it: protocol 4, the array's bytes in the state
MXNETS = (
    b"\x80\x04\x95\x8c\x00\x00\x00\x00\x00\x00\x00}\x94K\x00\x8c\x15mxnet.ndarray.ndarray\x94\x8c\x07NDArray\x94\x93\x94N"
    b"\x85\x94R\x94}\x94\x8c\x06handle\x94\x8c\x08builtins\x94\x8c\tbytearray\x94\x93\x94C2"
    b"\xc9\xfa\x93\xf9\x00\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"
    b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xa6\x9b\xc4\xbbo\x12\x03\xbc\x94\x85\x94R\x94sbs."
)


def test_states_of_mxnet_are_read():
    content = MXNETS.replace(b"C2", b"C0", 1)  # 48 bytes of array
    updater = trained()
    updater.set_states(content)
    np.testing.assert_allclose(updater.states[0].asnumpy(), [[-0.006, -0.008]], rtol=1e-6)


def test_states_are_written_as_mxnet_writes_them():
    updater = trained()
    updater.states = {0: mx.nd.array([[-0.006, -0.008]])}
    content = updater.get_states()
    assert b"mxnet.ndarray.ndarray" in content
    assert MXNETS[MXNETS.index(b"\xc9\xfa\x93\xf9") :][:48] in content


def test_nothing_else_is_unpickled():
    class Trap:
        def __reduce__(self):
            return os.system, ("true",)

    updater = trained()
    before = updater.states
    for content in (pickle.dumps({0: Trap()}), pickle.dumps({0: io.StringIO()})):
        with pytest.raises(pickle.UnpicklingError, match="is no part of optimizer states"):
            updater.set_states(content)
    assert updater.states is before


@pytest.mark.parametrize("content", [b"", b"xx", pickle.dumps([1]), pickle.dumps(({}, 3)), pickle.dumps((1, 2, 3))])
def test_what_are_no_states_is_refused(content):
    updater = trained()
    before = updater.states
    with pytest.raises(pickle.UnpicklingError):
        updater.set_states(content)
    assert updater.states is before


def test_damaged_states_are_refused():
    updater = trained()
    content = updater.get_states()
    for end in range(1, len(content)):
        with pytest.raises(pickle.UnpicklingError):
            updater.set_states(content[:end])
    assert list(updater.states) == [0]


def test_an_array_that_promises_more_than_there_is_takes_no_memory():
    content = trained().get_states()
    wide = content.replace((2).to_bytes(8, "little"), (2**40).to_bytes(8, "little"))
    assert wide != content
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        trained().set_states(wide)


def test_the_optimizer_comes_back_with_its_schedule():
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.4)
    updater = trained(mx.optimizer.Adam(lr_scheduler=schedule, beta1=0.7))
    other = mx.optimizer.get_updater(mx.optimizer.SGD())
    other.set_states(updater.get_states(dump_optimizer=True))
    assert type(other.optimizer) is mx.optimizer.Adam
    assert other.optimizer.beta1 == 0.7
    assert other.optimizer.lr_scheduler.factor == 0.5
    assert other.optimizer.num_update == 1
    weights = [mx.nd.ones((2,)), mx.nd.ones((2,))]
    for each, weight in zip((updater, other), weights):
        each(0, mx.nd.array([3.0, 4.0]), weight)
    np.testing.assert_array_equal(weights[0].asnumpy(), weights[1].asnumpy())


def test_the_updates_that_were_counted_go_on_being_counted():
    updater = trained(mx.optimizer.Adam())
    updater.set_states(updater.get_states(dump_optimizer=True))
    updater.optimizer._set_current_context(0)  # as a Trainer does after each step where there are several contexts
    updater(0, mx.nd.array([3.0, 4.0]), mx.nd.ones((2,)))
    assert updater.optimizer.num_update == 2
    updater.set_states(updater.get_states(dump_optimizer=True))
    updater(0, mx.nd.array([3.0, 4.0]), mx.nd.ones((2,)))
    updater.optimizer._set_current_context(0)
    updater(0, mx.nd.array([3.0, 4.0]), mx.nd.ones((2,)))
    assert updater.optimizer.num_update == 4


def test_an_optimizer_of_the_users_comes_back():
    updater = trained(Halving())
    other = mx.optimizer.get_updater(mx.optimizer.SGD())
    other.set_states(updater.get_states(dump_optimizer=True))
    assert type(other.optimizer) is Halving


class Halving(mx.optimizer.Optimizer):
    def update(self, index, weight, grad, state):
        weight[:] *= 0.5


def test_states_move_to_the_context_of_their_weight():
    updater = trained()
    updater.set_states(updater.get_states())
    weight = mx.nd.ones((2,), ctx=mx.cpu(1))
    updater(0, mx.nd.ones((2,), ctx=mx.cpu(1)), weight)
    assert updater.states[0].context == mx.cpu(1)


def test_the_numbers_of_indices_gradients_and_weights_must_agree():
    with pytest.raises(IndexError, match="2 indices, 1 gradients and 2 weights"):
        trained()([0, 1], [mx.nd.ones((2,))], [mx.nd.ones((2,))] * 2)
