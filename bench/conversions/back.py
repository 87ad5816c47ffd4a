"""Networks out to ONNX and back in: how far what comes back is apart from what went out.

    python -m bench.conversions_onnx [--only NAME ...] [--output FILE]

Each network of `bench.conversions.networks` is written as ONNX with a batch of any size, read again by
``mx.contrib.onnx.import_model``, and both run on the same pictures or words, in batches of 1 and 3; onnxruntime runs
the file between them.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Back", "there_and_back"]

#: sizes of batches that are compared
BATCHES = (1, 3)
HEADS = ("network", "ONNX", "back", "nodes out", "nodes of ONNX", "nodes back", "s")


@dataclass
class Back:
    """What became of a network that went out and came back.

    Attributes
    ----------
    network : str
    out, back : float
        how far the outputs of onnxruntime, and of the graph that was read, are from the network's: the largest
        difference as a share of an output's largest element
    nodes : tuple of int
        of the network, of the ONNX graph, of what was read
    seconds : float
    """

    network: str
    out: float
    back: float
    nodes: tuple[int, int, int]
    seconds: float

    def cells(self) -> list[str]:
        """What the table shows."""
        numbers = [f"{each:.1e}" if each else "0" for each in (self.out, self.back)]
        return [self.network, *numbers, *map(str, self.nodes), f"{self.seconds:.0f}"]


def there_and_back(name: str, prefix: str, shapes: dict[str, tuple[int, ...]], folder: Path) -> Back:
    """Write a saved network as ONNX, read it again, and compare.

    Parameters
    ----------
    name : str
        what the row is called
    prefix : str
        of the saved network's two files
    shapes : dict of str to tuple of int
        of its inputs; batches of other sizes are compared where the first axes of all are equal
    folder : Path
        where the file is written

    Raises
    ------
    InputError, MXNetError
        it does not go out, or does not come back
    """
    import mxnet as mx
    from mxnet.contrib import onnx as onnx_mxnet
    from remxnet.convert import convert
    from remxnet.convert.models import find
    from remxnet.convert.proving import Reference, random_inputs
    from remxnet.convert.targets import session

    start = time.perf_counter()
    file = folder / "out.onnx"
    any_batch = len({shape[0] for shape in shapes.values()}) == 1  # states of recurrent layers begin with the layers
    done = convert(prefix, file, shapes=shapes, dynamic=any_batch)
    model = find(prefix, shapes=shapes)
    dtypes = {value.name: value.dtype for value in done.graph.inputs}
    original = Reference(model.symbol, model.parameters, dtypes)
    symbol, arguments, states = onnx_mxnet.import_model(str(file))
    again = Reference(symbol, {**arguments, **states}, dtypes)
    run = session(file.read_bytes())
    out = back = 0.0
    names = symbol.list_inputs()
    for seed, batch in enumerate(BATCHES if any_batch else (None, None)):
        inputs = random_inputs(done.graph, seed, batch)
        wanted = original(inputs)
        out = max(out, _apart(run(inputs), wanted))
        back = max(back, _apart(again({name: each for name, each in inputs.items() if name in names}), wanted))
    import onnx

    onnx_nodes = len(onnx.load_model(str(file)).graph.node)
    nodes = tuple(sum(node.op != "null" for node in _nodes(each)) for each in (model.symbol, symbol))
    mx.nd.waitall()
    return Back(name, out, back, (nodes[0], onnx_nodes, nodes[1]), time.perf_counter() - start)


def _nodes(symbol: Any) -> list[Any]:
    from mxnet.symbol.graph import topological

    return [node for node in topological(symbol._entries) if node.spec is not None]


def _apart(found: Any, wanted: Any) -> float:
    """The largest difference as a share of the largest element, over all outputs."""
    apart = 0.0
    for one, other in zip(found, wanted, strict=True):
        if one.shape != other.shape:
            return float("inf")
        largest = np.abs(other).max() or 1.0
        apart = max(apart, float(np.abs(one.astype("float64") - other).max() / largest))
    return apart


def main() -> int:
    """Run a command line; 1 where a network is apart by more than 1e-5."""
    from mxnet.gluon.model_zoo.vision import MODELS

    from .conversions.networks import NETWORKS, of_zoo

    top = argparse.ArgumentParser(prog="python -m bench.conversions_onnx", description="Out to ONNX and back.")
    top.add_argument("--only", nargs="+", metavar="NAME", help="these networks; * and ? are understood")
    top.add_argument("--output", type=Path, metavar="FILE", help="write the table here as well")
    options = top.parse_args()
    rows = []
    for name in [*NETWORKS, *sorted(MODELS)]:
        if options.only and not any(fnmatch.fnmatch(name, each) for each in options.only):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            prefix, shapes = NETWORKS[name](folder) if name in NETWORKS else of_zoo(name, folder)
            rows.append(there_and_back(name, prefix, shapes, folder))
        print(" ".join(rows[-1].cells()), flush=True)
    lines = [f"| {' | '.join(each)} |" for each in (HEADS, ["---", *["---:"] * 6], *(row.cells() for row in rows))]
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(any(not max(row.out, row.back) <= 1e-5 for row in rows))


if __name__ == "__main__":
    sys.exit(main())
