"""Checkpoints: what is refused, and with which words."""

import pytest

import mxnet as mx


def test_arrays_without_names_are_no_checkpoint(tmp_path):
    mx.nd.save(str(tmp_path / "net-0001.params"), [mx.nd.ones((1,))])
    with pytest.raises(ValueError, match="have no names; expected arg:NAME"):
        mx.model.load_params(str(tmp_path / "net"), 1)


def test_a_checkpoint_that_is_no_file_of_arrays_is_refused(tmp_path):
    (tmp_path / "net-0001.params").write_bytes(b"not arrays")
    with pytest.raises(mx.MXNetError, match="net-0001.params"):
        mx.model.load_params(str(tmp_path / "net"), 1)


def test_the_progress_of_training_is_shown_only_where_there_is_a_metric(caplog):
    mx.callback.LogValidationMetricsCallback()(mx.model.BatchEndParam(0, 1, None, None))
    assert caplog.messages == []


def test_a_checkpoint_gives_graph_and_arrays(tmp_path):
    graph = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="f")
    mx.model.save_checkpoint(str(tmp_path / "net"), 3, graph, {"f_weight": mx.nd.ones((2, 3))}, {"s": mx.nd.ones((1,))})
    loaded, arguments, states = mx.model.load_checkpoint(str(tmp_path / "net"), 3)
    assert loaded.tojson() == graph.tojson()
    assert (list(arguments), list(states)) == (["f_weight"], ["s"])
