"""What a declaration can say: kinds of attributes, and facts about inputs and names that are there."""

from collections.abc import Iterator

import pytest
import torch

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.ndarray.invoke import array_function
from mxnet.ops import OPERATORS, registry
from mxnet.ops.registry import Subgraph, Texts, operator, spec_of
from mxnet.symbol.call import symbol_function


@pytest.fixture
def declare() -> Iterator:
    """Declares operators that are gone after the test."""
    names, functions = set(OPERATORS), set(registry._BY_FUNCTION)
    yield operator
    for name in set(OPERATORS) - names:
        del OPERATORS[name]
    for function in set(registry._BY_FUNCTION) - functions:
        del registry._BY_FUNCTION[function]


def functions(name):
    spec = OPERATORS[name]
    return array_function(spec, name), symbol_function(spec, name, name)


def test_an_attribute_can_be_a_tuple_of_texts(declare):
    @declare("_test_count")
    def count(data: torch.Tensor, *, words: Texts = ("a",)) -> torch.Tensor:
        assert isinstance(words, tuple)
        return data + len(words) + 10 * sum(map(len, words))

    array, symbol = functions("_test_count")
    x = mx.nd.zeros((1,))
    assert [array(x, **given).asscalar() for given in ({}, {"words": ("L", "bcd")}, {"words": ["e"]})] == [11, 42, 11]
    assert array(x, words="('L', 'bcd')").asscalar() == 42
    assert array(x, words="one, text").asscalar() == 91
    graph = symbol(mx.sym.Variable("x"), words=("L", "bcd"))
    again = mx.sym.load_json(graph.tojson())
    assert again.eval(x=x)[0].asscalar() == 42
    with pytest.raises(MXNetError, match=r"_test_count: words=\(1,\); expected tuple of str"):
        array(x, words=(1,))


@pytest.mark.parametrize("variadic", [False, True])
def test_an_attribute_can_be_a_graph(declare, variadic):
    def apply(data: torch.Tensor, body: mx.sym.Symbol) -> torch.Tensor:
        return data * len(body.list_arguments())

    if variadic:

        @declare("_test_apply")
        def call(*data: torch.Tensor, body: Subgraph) -> torch.Tensor:
            return apply(data[0], body)
    else:

        @declare("_test_apply")
        def call(data: torch.Tensor, *, body: Subgraph) -> torch.Tensor:
            return apply(data, body)

    array, symbol = functions("_test_apply")
    x, body = mx.nd.ones((2,)), mx.sym.Variable("a") + mx.sym.Variable("b")
    assert array(x, body=body).asnumpy().tolist() == [2, 2]
    assert array(x, body=body.tojson()).asnumpy().tolist() == [2, 2]
    graph = symbol(mx.sym.Variable("x"), body=body, name="c")
    assert graph.list_arguments() == ["x"]
    again = mx.sym.load_json(graph.tojson())
    assert again.list_arguments() == ["x"]
    assert again.eval(x=x)[0].asnumpy().tolist() == [2, 2]
    with pytest.raises(MXNetError, match="_test_apply: body=3; expected Symbol"):
        array(x, body=3)
    with pytest.raises(MXNetError, match="required attribute 'body'"):
        symbol(mx.sym.Variable("x"))


def test_a_graph_makes_the_inputs_that_attributes_ask_for(declare):
    @declare(
        "_test_shift",
        "_test_moved",
        asks={"by": lambda attributes: attributes["moving"]},
        starts={"by": '["one", {}]'},
        kept_names=("_test_moved",),
    )
    def shift(data: torch.Tensor, by: torch.Tensor | None = None, *, moving: bool = False) -> torch.Tensor:
        return data if by is None else data + by

    _, symbol = functions("_test_shift")
    x = mx.sym.Variable("x")
    assert symbol(x, name="a").list_arguments() == ["x"]
    moved = symbol(x, moving=True, name="a")
    assert moved.list_arguments() == ["x", "a_by"]
    assert moved.attr_dict()["a_by"]["__init__"] == '["one", {}]'
    with pytest.raises(MXNetError, match="no input 'by' with these attributes; it takes data"):
        symbol(x, by=x)
    kept = symbol_function(OPERATORS["_test_moved"], "_test_moved", "_test_moved")(x, name="a")
    assert '"op": "_test_moved"' in kept.tojson()
    assert '"op": "_test_shift"' in moved.tojson()


def test_a_function_names_its_operator(declare):
    @declare("_test_same")
    def same(data: torch.Tensor) -> torch.Tensor:
        return data

    assert spec_of(same) is OPERATORS["_test_same"]
    with pytest.raises(ValueError, match="was not declared as an operator"):
        spec_of(len)
    with pytest.raises(ValueError, match="its function is that of _test_same already"):
        declare("_test_other")(same)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"aux": ("mean",)}, "aux names 'mean', which is no input of the function"),
        ({"writes": ("mean",)}, "writes names 'mean', which is no input"),
        ({"asks": {"mean": bool}}, "asks names 'mean', which is no input"),
        ({"starts": {"mean": ""}}, "starts names 'mean', which is no input"),
        ({"kept_names": ("_test_other",)}, "kept_names names '_test_other', which is no alias"),
        ({"method": "other"}, "method names 'other', which is no name of the operator"),
        ({"python": {"a @ b": "other"}}, "python names 'other', which is no name of the operator"),
        ({"rules": {"colour": bool}}, "rules names 'colour', which is no kind of rule"),
    ],
)
def test_facts_are_about_what_is_there(declare, facts, message):
    with pytest.raises(TypeError, match=f"_test_wrong: {message}"):

        @declare("_test_wrong", **facts)
        def wrong(data: torch.Tensor) -> torch.Tensor:
            return data
