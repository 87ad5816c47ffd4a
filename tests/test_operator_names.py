"""No code over graphs knows an operator by its name: what it has to know of one stands in the declaration.

Whoever adds an operator would not be told of a list somewhere else, and its siblings would be left out of it. A call
of a certain operator names its function instead, which a type checker and a search find.
"""

import ast
import re
from pathlib import Path

import pytest

from mxnet.ops import OPERATORS

SOURCE = Path(__file__).parent.parent / "src" / "mxnet"
#: words that are also names of operators, with what they are there
WORDS = {
    ("symbol/functions.py", "repeat"): "an attribute of arange",
    ("executor/choices.py", "norm"): "a choice",
    ("executor/choices.py", "pad"): "an attribute of convolutions",
    ("executor/fused.py", "relu"): "an activation of mxnet.kernels",
    ("executor/fused.py", "sigmoid"): "an activation of mxnet.kernels",
    ("executor/fused.py", "tanh"): "an activation of mxnet.kernels",
    ("executor/fused.py", "pad"): "an attribute of convolutions",
    ("executor/fusion.py", "relu"): "an activation of mxnet.kernels",
    ("executor/fusion.py", "clip"): "a way to take what is out of range",
}


def relative(path):
    return path.relative_to(SOURCE).as_posix()


SWEPT = [path for folder in ("symbol", "executor") for path in sorted((SOURCE / folder).rglob("*.py"))]


def texts(tree):
    """The constant texts of a syntax tree, with their lines: not what is documentation, and not what is exported."""
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(node.value)
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                left_out.update(ast.walk(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out:
            yield node


def names_of_operators(tree):
    """The names of operators in a syntax tree: whole, in a text that is split, or begun in a text with places."""
    split = {
        node.func.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split"
    }
    begun = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values[:1]}
    for node in texts(tree):
        words = node.value.split() if node in split else [node.value]
        yield from ((word, node.lineno) for word in words if word in OPERATORS)
        if node in begun and re.fullmatch(r"_\w+_", node.value) and any(n.startswith(node.value) for n in OPERATORS):
            yield node.value + "…", node.lineno


@pytest.mark.parametrize("path", SWEPT, ids=relative)
def test_no_operator_is_known_by_its_name(path):
    place = relative(path)
    found = names_of_operators(ast.parse(path.read_text(encoding="utf-8")))
    assert [(name, line) for name, line in found if (place, name) not in WORDS] == []


def test_the_words_are_there():
    for place, word in WORDS:
        tree = ast.parse((SOURCE / place).read_text(encoding="utf-8"))
        assert word in [name for name, _ in names_of_operators(tree)]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('OPERATORS["Convolution"]', ["Convolution"]),
        ('_LOSSES = frozenset("MakeLoss nothing BlockGrad".split())', ["MakeLoss", "BlockGrad"]),
        ('f"_sample_{distribution}"', ["_sample_…"]),
        ('f"{x}: relu"', []),
        ('node.op in ("Cast", "other")', ["Cast"]),
        ('__all__ = ["relu"]', []),
        ('def f():\n    """relu"""', []),
    ],
)
def test_the_sweep_finds_names(source, names):
    assert [name for name, _ in names_of_operators(ast.parse(source))] == names
