"""The text of a program: nothing of a graph's names or attributes is executed, and ruff has nothing to say about it."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_programs import agree, made, written

import mxnet as mx
from mxnet.symbol.typed import typed
from remxnet.convert import source
from remxnet.convert.source import lines, names

HOSTILE = [
    'a"b', "a'b", "a\nimport os\nb", "__import__('os').system('true')", "class", "self", "torch", "F", "x", "forward",
    "ünïcode", "数", "", "0", "a.b/c", '"""', "\\", "{0}", "\x01" + "3\x02", "train", "load_state_dict", "a" * 300,
]  # fmt: skip


def test_hostile_names_become_identifiers_and_nothing_else():
    for name in HOSTILE:
        assert names.identifier(name).isidentifier()
        assert names.identifier(name) not in names.RESERVED
        assert not names.identifier(name).startswith("_")
        assert names.quoted(name).isascii()
        assert '"' not in names.quoted(name)
        assert "\\" not in names.quoted(name)
        assert "\n" not in names.quoted(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_graph_of_hostile_names_is_a_program_that_computes_the_same(name):
    data = mx.sym.var(name or "data")
    weight, bias = mx.sym.var(f"{name}_weight"), mx.sym.var(f"{name}_bias_")
    x = mx.sym.FullyConnected(data, weight, bias, num_hidden=2, name=f"{name}1")
    x = mx.sym.broadcast_add(mx.sym.tanh(x, name=name), bias, name=f"{name} 1")
    random = np.random.RandomState(0)
    parameters = {f"{name}_weight": random.rand(2, 3).astype("f"), f"{name}_bias_": random.rand(2).astype("f")}
    graph = typed(x, {key: mx.nd.array(value) for key, value in parameters.items()}, {name or "data": (2, 3)})
    program = source.written(graph, name, f"{name}.safetensors", name)
    called = ("torch.", "super", "nn.", "self.", "Path", "load_file", "network.", f"{program.class_name}")
    for node in ast.walk(ast.parse(program.text)):
        assert not isinstance(node, ast.Call) or ast.unparse(node.func).startswith(called)
        assert not isinstance(node, ast.Import) or node.names[0].name == "torch"
    module = made(program).eval()
    found = module(**{program.arguments[name or "data"]: torch.ones(2, 3)}).detach().numpy()
    summed = np.tanh(parameters[f"{name}_weight"].sum(1) + parameters[f"{name}_bias_"]) + parameters[f"{name}_bias_"]
    np.testing.assert_allclose(found, np.stack([summed] * 2), rtol=1e-5)


def test_names_that_become_one_identifier_stay_apart():
    x = mx.sym.var("a.b") + mx.sym.var("a/b") * mx.sym.var("a_b_1")
    for name in ("c.d", "c/d"):
        x = mx.sym.FullyConnected(x, num_hidden=2, name=name)
    random = np.random.RandomState(0)
    inputs = {name: random.rand(2, 2).astype("f") for name in ("a.b", "a/b", "a_b_1")}
    shapes = {"weight": (2, 2), "bias": (2,)}
    parameters = {f"{n}_{p}": random.rand(*shapes[p]).astype("f") for n in ("c.d", "c/d") for p in shapes}
    program, *_ = agree(x, inputs, parameters)
    assert list(program.arguments.values()) == ["a_b", "a_b_1", "a_b_1_1"]
    assert sorted(program.names.values()) == ["c_d.bias", "c_d.weight", "c_d_1.bias", "c_d_1.weight"]


@pytest.mark.parametrize("name", ["none", "f", "nn", "true", "gamma", "path", "conv_block", "my-net.v2"])
def test_a_network_is_called_like_its_file_but_not_like_what_the_program_has(name):
    x = mx.sym.gamma(mx.sym.var("x"))
    made_of = written(x, {}, {"x": (2,)}, name=name)
    assert made_of.class_name not in names.RESERVED | {"Gamma"}
    np.testing.assert_allclose(made(made_of)(torch.tensor([4.0, 5.0])).numpy(), [6, 24], rtol=1e-6)


def test_attributes_are_values():
    symbol = mx.sym.clip(mx.sym.var("x"), a_min=float("-inf"), a_max=2)
    assert "data.clamp(-math.inf, 2)" in written(symbol, {}, {"x": (2,)}).text
    symbol = mx.sym.np.einsum("ij,jk->ik", mx.sym.var("a").as_np_ndarray(), mx.sym.var("b").as_np_ndarray())
    text = written(symbol, {}, {"a": (2, 2), "b": (2, 2)}).text
    assert 'einsum(a, b, subscripts="ij,jk->ik")' in text


def test_a_line_too_long_is_broken_as_ruff_breaks_it():
    values = ", ".join(f"argument{n}=value{n}" for n in range(4))
    assert lines.statement(f"x = function({values})", 8) == [
        "        x = function(",
        f"            {values}",
        "        )",
    ]
    values = [f"argument_with_a_name_{n}=(1, 2)" for n in range(4)]
    assert lines.statement(f"x = f({', '.join(values)})") == ["x = f(", *(f"    {each}," for each in values), ")"]


def test_a_deep_graph_is_written_without_recursion():
    """Of 10,000 nodes; torch's own autograd and modules go as deep as the memory."""
    x = mx.sym.var("data")
    for _ in range(5000):
        x = mx.sym.relu(x + 1)
    program = written(x, {}, {"data": (1, 2)})
    assert program.text.count("F.relu(") == 5000
    with torch.no_grad():
        assert made(program)(torch.zeros(1, 2)).tolist() == [[5000, 5000]]


def test_ruff_has_nothing_to_say(tmp_path):
    x = mx.sym.var("data")
    several = mx.sym.SliceChannel(x, num_outputs=3, axis=1, name="parts")
    heads = [mx.sym.Pooling(several[n], kernel=(3, 3), pooling_convention="full", stride=(2, 2)) for n in range(3)]
    y = mx.sym.Concat(*heads, *(mx.sym.LRN(each, nsize=3) * (n + 1) for n, each in enumerate(heads)))
    y = mx.sym.Convolution(
        y, kernel=(3, 3), num_filter=8, pad=(1, 1), dilate=(2, 2), stride=(2, 2), name="a_long_name" * 6
    )
    boxes = mx.sym.contrib.MultiBoxPrior(y, sizes=(0.2, 0.3, 0.4, 0.5), ratios=(1.0, 2.0, 0.5, 3.0), steps=(0.1, 0.1))
    symbol = mx.sym.Group([mx.sym.SoftmaxOutput(mx.sym.Flatten(y)), boxes, *heads])
    shapes = dict(zip(symbol.list_arguments(), symbol.infer_shape(data=(2, 6, 16, 16))[0]))
    parameters = {name: mx.nd.zeros(shape) for name, shape in shapes.items() if name.startswith("a_long")}
    (tmp_path / "network.py").write_text(written(symbol, parameters, {"data": (2, 6, 16, 16)}).text)
    ruff = Path(sys.executable).parent / "ruff"
    for command in (["check", "-q"], ["format", "--diff", "-q"]):
        done = subprocess.run([ruff, *command, "--isolated", tmp_path], capture_output=True, text=True, check=False)
        assert done.stdout + done.stderr == ""
