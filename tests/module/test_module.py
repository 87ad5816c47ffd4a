"""Modules where MXNet has nothing to say, or less: what is kept, what is shared, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx


def network():
    x = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="fc1")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="fc2"), name="softmax")


def ready(length=4, **arguments):
    module = mx.mod.Module(network())
    module.bind([("data", (length, 5))], [("softmax_label", (length,))], **arguments)
    module.init_params(mx.init.Xavier())
    return module


def batch(length=4):
    return mx.io.DataBatch([mx.nd.ones((length, 5))], [mx.nd.arange(length) % 3])


def test_executors_for_a_length_are_made_once():
    module = ready()
    executors = []
    for length in (4, 3, 4, 3):
        module.forward(batch(length), is_train=False)
        executors.append(module._exec_group.execs[0])
    assert executors[0] is executors[2]
    assert executors[1] is executors[3]
    for length in range(1, 30):
        module.forward(batch(length), is_train=False)
    assert len(module._exec_group._known) == 8


def test_executors_for_other_lengths_train_the_same_parameters():
    module = ready()
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    weights = [module._exec_group.execs[0].arg_dict["fc1_weight"]]
    for length in (3, 6):
        module.forward_backward(batch(length))
        module.update()
        weights.append(module._exec_group.execs[0].arg_dict["fc1_weight"])
    assert all(each is weights[0] for each in weights)
    assert np.array_equal(module.get_params()[0]["fc1_weight"].asnumpy(), weights[0].asnumpy())


def test_a_prediction_without_labels_may_have_another_length():
    module = ready()
    module.forward(mx.io.DataBatch([mx.nd.ones((7, 5))]), is_train=False)
    assert module.get_outputs()[0].shape == (7, 3)


def test_anything_with_data_is_a_batch():
    class Batch:
        def __init__(self, data):
            self.data = data

    module = ready(for_training=False)
    module.forward(Batch([np.ones((2, 5), "float32")]))
    assert module.get_outputs()[0].shape == (2, 3)


def test_more_or_fewer_arrays_than_inputs_are_refused():
    for data in ([], [mx.nd.ones((4, 5))] * 2):
        with pytest.raises(AssertionError, match=f"the batch has {len(data)} inputs; expected 1: data"):
            ready().forward(mx.io.DataBatch(data, [mx.nd.zeros(4)]))


def test_labels_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"label softmax_label has the shape \(3,\); expected \(4,\)"):
        ready().forward(mx.io.DataBatch([mx.nd.ones((4, 5))], [mx.nd.zeros(3)]))


def test_a_refused_batch_leaves_the_parameters():
    module = ready()
    before = module.get_params()[0]["fc1_weight"].asnumpy()
    with pytest.raises(mx.MXNetError, match="reshape: simple_bind: fc1_weight of shared_exec has shape"):
        module.forward(mx.io.DataBatch([mx.nd.ones((4, 6))], [mx.nd.zeros(4)]))
    with pytest.raises(mx.MXNetError, match=r"set_params: fc1_weight has the shape \(2, 2\); expected \(4, 5\)"):
        module.set_params({"fc1_weight": mx.nd.ones((2, 2))}, {}, allow_missing=True)
    assert np.array_equal(module.get_params()[0]["fc1_weight"].asnumpy(), before)


def test_all_rows_are_there_so_that_none_are_asked_for():
    asked = []
    ready().prepare(batch(), sparse_row_id_fn=asked.append)
    assert asked == []


def test_a_linear_model_of_sparse_batches_trains():
    x, y = mx.nd.array(np.eye(4)[[0, 1, 2, 3, 0, 1, 2, 3]]).tostype("csr"), mx.nd.array([1, 2, 3, 4, 1, 2, 3, 4])
    weight = mx.sym.Variable("weight", stype="row_sparse")
    score = mx.sym.sparse.dot(mx.sym.Variable("data", stype="csr"), weight)
    output = mx.sym.LinearRegressionOutput(mx.sym.reshape(score, (-1,)), mx.sym.Variable("label"))
    executor = output.simple_bind(mx.cpu(), data=(8, 4), label=(8,), weight=(4, 1))
    executor.arg_dict["data"][:] = x
    executor.arg_dict["label"][:] = y
    executor.arg_dict["weight"][:] = 0
    update = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.25))
    for _ in range(20):
        executor.forward(is_train=True)
        executor.backward()
        update(0, executor.grad_dict["weight"], executor.arg_dict["weight"])
    np.testing.assert_allclose(executor.arg_dict["weight"].asnumpy().ravel(), [1, 2, 3, 4], rtol=1e-3)


def test_optimizer_states_that_are_not_there(tmp_path):
    module = ready()
    module.save_checkpoint(str(tmp_path / "net"), 1)
    again = mx.mod.Module.load(str(tmp_path / "net"), 1, load_optimizer_states=True)
    again.bind([("data", (4, 5))], [("softmax_label", (4,))])
    with pytest.raises(mx.MXNetError, match="load_optimizer_states: cannot read .*net-0001.states"):
        again.init_optimizer()


def test_parameters_from_a_file_of_another_kind(tmp_path):
    path = str(tmp_path / "a.params")
    mx.nd.save(path, {"fc1_weight": mx.nd.ones((4, 5))})
    with pytest.raises(ValueError, match="has an array 'fc1_weight'; expected arg:NAME or aux:NAME"):
        ready().load_params(path)


def test_an_array_that_every_device_gets_whole():
    data, scale = mx.sym.Variable("data"), mx.sym.Variable("scale")
    module = mx.mod.Module(mx.sym.broadcast_mul(data, scale), ["data", "scale"], None, context=[mx.cpu(0), mx.cpu(1)])
    shapes = [mx.io.DataDesc("data", (4, 2)), mx.io.DataDesc("scale", (1, 2), layout="")]
    module.bind(shapes, for_training=False)
    module.init_params()
    module.forward(mx.io.DataBatch([mx.nd.ones((4, 2)), mx.nd.array([[2, 3]])]))
    assert module.get_outputs()[0].asnumpy().tolist() == [[2, 3]] * 4


def test_the_batch_is_where_the_layout_says():
    data = mx.sym.Variable("data")
    module = mx.mod.Module(
        mx.sym.broadcast_add(data, data, attr={"__layout__": "TN"}), label_names=None, context=[mx.cpu(0), mx.cpu(1)]
    )
    module.bind([mx.io.DataDesc("data", (3, 4), layout="TN")], for_training=False)
    module.init_params()
    module.forward(mx.io.DataBatch([mx.nd.arange(12).reshape((3, 4))]))
    assert np.array_equal(module.get_outputs()[0].asnumpy(), 2 * np.arange(12).reshape(3, 4))


def test_batches_of_different_lengths_are_refused():
    module = mx.mod.Module(mx.sym.Variable("a") + mx.sym.Variable("b"), ["a", "b"], None)
    with pytest.raises(AssertionError, match="b has the shape .* and so a batch of 3; others have one of 2"):
        module.bind([("a", (2, 2)), ("b", (3, 2))])


def test_arguments_of_one_name_are_refused():
    twice = mx.sym.Variable("a") + mx.sym.Variable("a")
    with pytest.raises(ValueError, match="several of the argument a"):
        mx.executor_manager._check_arguments(twice)


def test_a_monitor_whose_function_gives_no_array():
    monitor = mx.mon.Monitor(1, stat_func=lambda array: 3)
    module = ready()
    module.install_monitor(monitor)
    monitor.tic()
    module.forward(batch())
    with pytest.raises(AssertionError, match="stat_func gave a int; expected an NDArray"):
        monitor.toc()


def test_executors_by_the_old_manager():
    batches = mx.io.NDArrayIter(np.ones((4, 5)), np.arange(4) % 3, 4)
    symbol = network()
    names = symbol.list_arguments()
    manager = mx.executor_manager.DataParallelExecutorManager(
        symbol, [mx.cpu(0), mx.cpu(1)], batches, names, names[1:-1], []
    )
    given = {name: mx.nd.ones(arrays[0].shape) for name, arrays in zip(names[1:-1], manager.param_arrays)}
    manager.set_params(given, {})
    manager.load_data_batch(next(batches))
    manager.forward(is_train=True)
    manager.backward()
    metric = mx.metric.create("acc")
    manager.update_metric(metric, [mx.nd.arange(4) % 3])
    assert metric.num_inst == 4
    assert len(manager.grad_arrays[0]) == 2
    found = {name: mx.nd.zeros(array.shape) for name, array in given.items()}
    manager.copy_to(found, {})
    assert all((found[name] == given[name]).asnumpy().all() for name in given)
    assert manager.slices == [slice(0, 2), slice(2, 4)]
