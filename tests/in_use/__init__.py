"""What real programs use of MXNet: names and modules, counted by parsing 59 public code bases, and which are here.

``names.tsv`` has every name that at least two of them use, with their number; ``modules.tsv`` every module path that
any of them imports. Attributes that objects have are names of several classes, as ``<attr>.shape {NDArray,Parameter}``;
``F`` is what a block's ``hybrid_forward`` is given. `NOT_HERE` has what is not here, with its reason.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from fidelity import interface

PLACE = Path(__file__).parent
_OF_OBJECTS = re.compile(r"<(?:attr|method|self-method)>\.(\w+) \{(.+)\}")


def _read(name: str) -> dict[str, int]:
    lines = (PLACE / name).read_text(encoding="utf-8").splitlines()
    return {each: int(count) for each, count in (line.split("\t") for line in lines)}


NAMES = _read("names.tsv")
MODULES = _read("modules.tsv")
#: name -> why it is not here, and what serves instead
NOT_HERE = {
    "mxnet.sym.WarpCTC": "a plugin that MXNet 1.9.1 is built without; sym.CTCLoss has the same loss",
    "mxnet.gluon.nn.QConv2D": "of BMXNet, a fork with binary weights; MXNet 1.9.1 has none",
    "mxnet.gluon.nn.QDense": "of BMXNet, a fork with binary weights; MXNet 1.9.1 has none",
}
_MXNETS = interface.read()["namespaces"]


def lacking(name: str) -> list[str]:
    """What of a name is not here: itself, or the attributes of those classes that lack it."""
    if match := _OF_OBJECTS.fullmatch(name):
        return [f"{owner}.{match[1]}" for owner in match[2].split(",") if not hasattr(objects()[owner], match[1])]
    if name.startswith("F."):
        return [path for path in _of_both(name[2:]) if not _is_here(path)]
    path = name.removesuffix(" (module object)").removesuffix(".*")
    return [] if _is_here(path) else [path]


def _of_both(name: str) -> list[str]:
    """Where a block finds a name: in mx.nd, and in mx.sym where MXNet's symbols have it."""
    space, _, last = f"sym.{name}".rpartition(".")
    known = _MXNETS.get(space)
    return [f"mxnet.nd.{name}", *([f"mxnet.sym.{name}"] if known is None or last in known else [])]


def _is_here(path: str) -> bool:
    first, *parts = path.split(".")
    found, here = importlib.import_module(first), first
    for part in parts:
        here = f"{here}.{part}"
        # a name first: the module of that name, under another name of its package, would be executed again in its place
        if not hasattr(found, part):
            try:
                importlib.import_module(here)
            except ImportError:
                return False
        found = getattr(found, part)
    return True


@cache
def objects() -> dict[str, Any]:
    """One object of each class whose attributes programs use."""
    import mxnet as mx

    place = Path(mkdtemp())
    array = mx.nd.array([[0, 1, 2], [3, 4, 5]])
    block = mx.gluon.nn.HybridSequential()
    block.add(mx.gluon.nn.Dense(2, in_units=3))
    block.initialize()
    data = mx.sym.Variable("data")
    graph = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(data, num_hidden=2), name="softmax")
    label = mx.sym.Variable("softmax_label")
    weight = mx.gluon.Parameter("w", shape=(2, 3))
    weight.initialize()
    image = mx.image.ImageIter(1, (3, 8, 8), path_root=str(place), imglist=[[0.0, _picture(mx, place)]])

    def bound(module: Any) -> Any:
        module.bind([("data", (2, 3))], [("softmax_label", (2,))])
        module.init_params()
        return module

    module = bound(mx.mod.Module(graph))
    buckets = bound(mx.mod.BucketingModule(lambda key: (graph, ["data"], ["softmax_label"]), default_bucket_key=3))
    return {
        "BaseModule": module, "BaseRNNCell": mx.rnn.LSTMCell(4), "Block": block, "BucketingModule": buckets,
        "CSRNDArray": array.tostype("csr"), "Context": mx.cpu(), "CustomOpProp": mx.operator.CustomOpProp(),
        "DataBatch": mx.io.DataBatch([array], [array]), "DataIter": mx.io.DataIter(2),
        "EvalMetric": mx.metric.Accuracy(), "Executor": graph.simple_bind(mx.cpu(), data=(2, 3)),
        "HybridBlock": block, "HybridSequential": block, "ImageIter": image, "Initializer": mx.init.Xavier(),
        "KVStore": mx.kv.create("local"), "MXRecordIO": mx.recordio.MXRecordIO(str(place / "a.rec"), "w"),
        "MXIndexedRecordIO": mx.recordio.MXIndexedRecordIO(str(place / "b.idx"), str(place / "b.rec"), "w"),
        "Module": module, "Monitor": mx.mon.Monitor(1), "NDArray": array, "np.ndarray": array.as_np_ndarray(),
        "NDArrayIter": mx.io.NDArrayIter(np.zeros((4, 3)), np.zeros(4), 2), "Optimizer": mx.optimizer.SGD(),
        "Parameter": weight, "ParameterDict": block.collect_params(), "RecurrentCell": mx.gluon.rnn.LSTMCell(4),
        "RowSparseNDArray": array.tostype("row_sparse"), "Sequential": mx.gluon.nn.Sequential(), "Symbol": graph,
        "SymbolBlock": mx.gluon.SymbolBlock(graph, [data, label]),
        "Trainer": mx.gluon.Trainer(block.collect_params(), "sgd"),
        "Updater": mx.optimizer.get_updater(mx.optimizer.SGD()),
        "Function": type("Own", (mx.autograd.Function,), {})(), "CustomOp": type("Own", (mx.operator.CustomOp,), {})(),
    }  # fmt: skip


def _picture(mx: Any, place: Path) -> str:
    header = mx.recordio.IRHeader(0, 0.0, 0, 0)
    _, encoded = mx.recordio.unpack(mx.recordio.pack_img(header, np.zeros((9, 9, 3), np.uint8), img_fmt=".jpg"))
    (place / "x.jpg").write_bytes(encoded)
    return "x.jpg"
