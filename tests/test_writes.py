"""Nobody writes into the memory of tensors but the ledger, the operators, and those who say why they may."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "mxnet"
#: what writes: the ledger itself, operators (which declare it, see below) and kernels (into memory they made)
WRITERS = ("memory.py", "ops/", "kernels/")
#: names that end like a method in place and write no elements; the last is MXNet's, of a flag
HARMLESS = {"requires_grad_", "bool_", "need_top_grad_"}
#: the others: what they write with, and why they may
ALLOWED = {
    "executor/fused.py": ({"relu_", "sigmoid_", "tanh_", "clamp_"}, "results of its own steps that nobody else reads"),
    "gluon/data/vision/batched.py": ({"copy_", "div_", "sub_"}, "batches it is making"),
    "gluon/data/workers.py": ({"random_", ".data"}, "one number it makes; .data is of pickle's buffers"),
    "contrib/quantization/_calibration.py": ({".data"}, "the arrays of a batch"),
    "feed_forward.py": ({".data"}, "the arrays of a batch"),
    "io/arrays.py": ({".data"}, "the arrays an iterator was given"),
    "io/base.py": ({".data"}, "the arrays of a batch"),
    "io/image_records.py": ({".data"}, "the shape and dtype of a batch"),
    "io/reading.py": ({".data"}, "the shape and dtype of a batch, and its arrays"),
    "io/wrapping.py": ({".data"}, "the arrays of a batch"),
    "io/sparse.py": ({".data"}, "the shape and dtype of a batch"),
    "ndarray/sparse.py": ({".data"}, "what SciPy's matrices and sparse arrays store"),
    "ndarray/sparse_array.py": ({".data"}, "a copy of what is stored"),
    "rnn/io.py": ({".data"}, "sentences, in NumPy's arrays"),
    "test_utils/sparse.py": ({".data"}, "a copy of what is stored"),
    "module/executor_group.py": ({".data"}, "the arrays of a batch"),
    "module/module.py": ({".data"}, "the arrays of a batch"),
    "module/python_module.py": ({".data"}, "the arrays of a batch"),
    "module/sequential_module.py": ({".data"}, "the arrays of a batch"),
    "optimizer/adaptive.py": (
        {"add_", "addcdiv_", "addcmul_", "maximum(out=)", "mul_", "sqrt_"},
        "steps are handed memory that update opened",
    ),
    "optimizer/base.py": ({"copy_"}, "weights of half precision, opened together with their copies"),
    "optimizer/sgd.py": ({"add_", "copy_", "mul_"}, "steps are handed memory that update opened"),
    "_receiving.py": ({"add_"}, "gradients are added within writing()"),
    "gluon/utils.py": ({"mul_"}, "clip_global_norm scales within writing()"),
    "serialization/params.py": ({".data"}, "of NumPy's arrays"),
    "streams/device.py": ({"clamp_max_", "exponential_", "normal_", "uniform_"}, "tensors it has just made"),
}
IN_PLACE = re.compile(r"^_?[a-z]\w*[a-z0-9]_$")


def writes(tree):
    """What in a syntax tree could write into a tensor's memory: pairs of line and name."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr == "data" and id(node) not in called and not _is_module(node):
                yield node.lineno, ".data"
            elif IN_PLACE.match(node.attr) and node.attr not in HARMLESS:
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            root = node.func.value if isinstance(node.func, ast.Attribute) else None
            of_torch = isinstance(root, ast.Name) and root.id == "torch"
            if of_torch and any(keyword.arg == "out" for keyword in node.keywords):
                yield node.lineno, f"{name}(out=)"
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for each in ast.walk(target):
                    if isinstance(each, ast.Subscript) and _is_tensor(each.value):
                        yield node.lineno, "[...] ="
                if isinstance(node, ast.AugAssign) and _is_tensor(target):
                    yield node.lineno, "+="


def _is_tensor(node):
    """Whether an expression is an array's tensor, or NumPy's view of a tensor."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "numpy"
    return isinstance(node, ast.Attribute) and node.attr == "_t"


def _is_module(node):
    return isinstance(node.value, ast.Name) and node.value.id == "gluon"


def found():
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(WRITERS):
            continue
        for line, what in writes(ast.parse(path.read_text(encoding="utf-8"))):
            yield name, line, what


def test_nobody_writes_past_the_ledger():
    assert [each for each in found() if each[2] not in ALLOWED.get(each[0], ((), ""))[0]] == []


def test_every_permission_is_used():
    used = {(name, what) for name, _, what in found()}
    assert {(name, what) for name, (names, _) in ALLOWED.items() for what in names} - used == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("array._t.data", [".data"]),
        ("array._t.mul_(2)", ["mul_"]),
        ("tensor.copy_(other)", ["copy_"]),
        ("torch._foreach_zero_(tensors)", ["_foreach_zero_"]),
        ("torch.add(a, b, out=c)", ["add(out=)"]),
        ("array._t[0] = 1", ["[...] ="]),
        ("array._t.numpy()[0] = 1", ["[...] ="]),
        ("array._t += 1", ["+="]),
        ("parameter.data()", []),
        ("from ..gluon.data import vision", []),
        ("leaf.requires_grad_()", []),
        ("array._t = tensor", []),
        ("np.add(a, b, out=c)", []),
        ("self.__init__()", []),
    ],
)
def test_the_sweep_finds_writes(source, names):
    assert [name for _, name in writes(ast.parse(source))] == names
