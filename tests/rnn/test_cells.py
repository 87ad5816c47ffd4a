"""Symbolic cells: what an error says, sharing variables, and what MXNet does not do."""

import numpy as np
import pytest

import mxnet as mx


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: mx.rnn.LSTMCell(2)(x, [x]), IndexError, r"LSTMCell: got 1 states; expected a list of 2"),
        (lambda x: mx.rnn.GRUCell(2).unroll(3, [x, x]), AssertionError, "inputs has 2 steps; expected length=3"),
        (lambda x: mx.rnn.GRUCell(2).unroll(1, [mx.nd.ones((2, 3))]), AssertionError, "inputs has a NDArray"),
        (lambda x: mx.rnn.GRUCell(2).unroll(2, x, layout="NC"), ValueError, "layout='NC'; expected 'NTC' or 'TNC'"),
        (lambda x: mx.rnn.FusedRNNCell(2, mode="elman"), ValueError, "mode='elman'; expected one of 'rnn_relu'"),
        (lambda x: mx.rnn.FusedRNNCell(2)(x, []), NotImplementedError, r"call unroll, or unfuse\(\) first"),
        (lambda x: mx.rnn.DropoutCell("0.5"), AssertionError, "dropout='0.5'; expected a number"),
        (lambda x: mx.rnn.LSTMCell(2).unpack_weights({"w": x}), KeyError, "no 'lstm_i2h_weight' among w"),
        (
            lambda x: mx.rnn.FusedRNNCell(2, mode="gru").unpack_weights({"gru_parameters": mx.nd.ones((7,))}),
            mx.MXNetError,
            "gru_parameters: 7 numbers are no parameters of gru with 2 units",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(mx.sym.Variable("x"))


def test_a_stack_inside_a_modifier_is_not_asked_for_states():
    stack = mx.rnn.SequentialRNNCell()
    stack.add(mx.rnn.RNNCell(2))
    mx.rnn.ResidualCell(stack)
    with pytest.raises(AssertionError, match="SequentialRNNCell.begin_state: .* inside a modifier"):
        stack.begin_state()


def test_zoneout_reaches_into_no_direction_of_a_stack():
    stack = mx.rnn.SequentialRNNCell()
    stack.add(mx.rnn.BidirectionalCell(mx.rnn.RNNCell(2, prefix="l_"), mx.rnn.RNNCell(2, prefix="r_")))
    with pytest.raises(AssertionError, match="put the cells in it into ZoneoutCells"):
        mx.rnn.ZoneoutCell(stack)


def test_a_stack_takes_variables_of_its_own_and_cells_without():
    shared = mx.rnn.RNNParams("all_")
    stack = mx.rnn.SequentialRNNCell(params=shared)
    stack.add(mx.rnn.RNNCell(2, prefix="one_"))
    assert "one_i2h_weight" in shared._params
    with pytest.raises(AssertionError, match="params were given for it and for the cell 'two_'"):
        stack.add(mx.rnn.RNNCell(2, prefix="two_", params=mx.rnn.RNNParams("two_")))


def test_a_modified_cell_starts_again_with_its_modifier():
    """Two graphs of one cell have the same names, as buckets need."""
    cell = mx.rnn.ResidualCell(mx.rnn.ZoneoutCell(mx.rnn.RNNCell(3), zoneout_outputs=0.5))
    graphs = [mx.sym.Group(cell.unroll(2, mx.sym.Variable("x"))[0]).get_internals() for _ in range(2)]
    first, second = ([name for name in graph.list_outputs() if name.startswith("rnn_")] for graph in graphs)
    assert first == second
    assert "rnn_t1_out_output" in first


def test_a_vector_needs_some_initializer():
    with pytest.raises(mx.MXNetError, match="FusedRNN: cannot fill x: it was made without an initializer"):
        mx.init.FusedRNN(None, 2, 1, "rnn_tanh")._init_weight("x", mx.nd.zeros((14,)))
    with pytest.raises(mx.MXNetError, match="FusedRNN: cannot fill x: 7 numbers are no parameters of gru"):
        mx.init.FusedRNN("zeros", 2, 1, "gru")._init_weight("x", mx.nd.zeros((7,)))


def test_sentences_that_fit_into_no_bucket_are_told(caplog):
    batches = mx.rnn.BucketSentenceIter([[1, 2], [3, 4], [5, 6, 7]], 2, buckets=[2])
    assert "1 sentences are longer than all buckets" in caplog.text
    assert len(list(batches)) == 1
    with pytest.raises(ValueError, match="no length has the 2 sentences of a batch; expected buckets"):
        mx.rnn.BucketSentenceIter([[1], [1, 2]], 2)


def test_unknown_words_have_the_number_of_what_stands_for_them():
    encoded, vocab = mx.rnn.encode_sentences([["x", "a", "y"]], {"a": 5, "u": 7}, unknown_token="u")
    assert encoded == [[7, 5, 7]]
    assert vocab == {"a": 5, "u": 7}


def test_an_old_name_makes_variables_for_the_steps():
    outputs, _ = mx.rnn.rnn_unroll(mx.rnn.RNNCell(2), 2, input_prefix="p_")
    assert [name for name in mx.sym.Group(outputs).list_arguments() if "data" in name] == ["p_t0_data", "p_t1_data"]


def test_weights_by_gate_are_copies():
    cell = mx.rnn.GRUCell(1)
    weights = {f"gru_{n}": mx.nd.ones((3, 1)[: 1 + ("w" in n)]) for n in ("i2h_weight", "i2h_bias")}
    weights.update({f"gru_{n}": mx.nd.ones((3, 1)[: 1 + ("w" in n)]) for n in ("h2h_weight", "h2h_bias")})
    cell.unpack_weights(weights)["gru_i2h_r_weight"][:] = 9
    np.testing.assert_array_equal(weights["gru_i2h_weight"].asnumpy(), np.ones((3, 1)))
