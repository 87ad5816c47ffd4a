"""Every operator has a rule of each kind that concerns all, or says why it has none."""

import pytest

import mxnet.onnx  # noqa: F401 - the rules of kind onnx stand there
import remxnet.convert.source  # noqa: F401 - its rules
from mxnet.ops import OPERATORS, kinds
from mxnet.ops.kinds import KINDS, Kind, answer
from mxnet.ops.registry import rule

SPECS = {spec.name: spec for spec in OPERATORS.values()}


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.concerns_all and kind.begun])
def test_every_operator_has_it_or_says_why_not(kind):
    silent = [name for name, spec in SPECS.items() if not any(answer(spec, kind))]
    assert silent == []
    reasons = {answer(spec, kind).reason for spec in SPECS.values()}
    assert all(len(reason) > 15 for reason in reasons - {""})


def test_a_rule_is_the_answer_and_a_text_is_the_reason(monkeypatch):
    relu, cast = OPERATORS["relu"], OPERATORS["Cast"]
    monkeypatch.setitem(KINDS, "colour", Kind("its colour"))
    monkeypatch.setitem(relu.rules, "colour", lambda: "red")
    monkeypatch.setitem(cast.rules, "colour", "a cast has no colour")
    assert answer(relu, "colour") == (True, "")
    assert answer(cast, "colour") == (False, "a cast has no colour")
    assert answer(OPERATORS["tanh"], "colour") == (False, "")
    assert relu.rule("colour")() == "red"
    assert cast.rule("colour") is None


def test_what_a_declaration_says_is_an_answer():
    assert answer(OPERATORS["relu"], "capture").has
    assert answer(OPERATORS["take"], "capture").has  # for most attributes
    assert answer(OPERATORS["_npi_unique"], "capture") == (False, "the shape of its result depends on elements")


def test_a_rule_has_a_kind_and_an_operator_and_stands_once(monkeypatch):
    with pytest.raises(ValueError, match="rule 'colour': there is no such kind; there are more, .*onnx"):
        rule("colour", "relu")
    with pytest.raises(ValueError, match="rule 'source': there is no operator 'no_such'"):
        rule("source", "no_such")(len)
    monkeypatch.setitem(OPERATORS["relu"].rules, "source", len)
    with pytest.raises(ValueError, match="rule 'source': relu has one already"):
        rule("source", "_npx_relu")(len)


def test_all_kinds_say_what_they_mean():
    assert all(len(kind.meaning) > 15 for kind in kinds.KINDS.values())
