"""How long a saved model of 100 MB takes to open, in MXNet's files and in those it was converted to.

    python -m bench.conversions.loading [--network resnet50_v1] [--rounds 7]

All ways take turns in one process, each on a file that was read once before, and give the median; each then predicts
once, which counts for itself.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .networks import of_zoo

#: opens a model, and returns what predicts by it
Opens = Callable[[], Callable[[np.ndarray[Any, Any]], Any]]


def main() -> None:
    """Run a command line."""
    top = argparse.ArgumentParser(prog="python -m bench.conversions.loading", description="Open a model, and compare.")
    top.add_argument("--network", default="resnet50_v1", metavar="NAME", help="of Gluon's zoo; default: resnet50_v1")
    top.add_argument("--rounds", type=int, default=7, metavar="N", help="turns of each; default: 7")
    options = top.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        prefix, shapes = of_zoo(options.network, Path(scratch))
        ways = converted(prefix, shapes["data"])
        picture = np.zeros(shapes["data"], "float32")
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(options.rounds + 1):
            for name, opens in ways.items():
                times[name].append(timed(opens, picture))
        megabytes = Path(f"{prefix}-0000.params").stat().st_size / 1e6
    print(f"{options.network}, {megabytes:.0f} MB; milliseconds, median of {options.rounds}\n")
    print("| file | opened by | to open | first prediction |\n| --- | --- | ---: | ---: |")
    for name, taken in times.items():
        opening, predicting = (statistics.median(column) * 1000 for column in zip(*taken[1:]))
        print(f"| {' | '.join(name.split(': '))} | {opening:.0f} | {predicting:.0f} |")


def timed(opens: Opens, picture: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The seconds of opening, and of the first prediction."""
    start = time.perf_counter()
    predict = opens()
    opened = time.perf_counter()
    predict(picture)
    return opened - start, time.perf_counter() - opened


def converted(prefix: str, shape: tuple[int, ...]) -> dict[str, Opens]:
    """Write a model in all formats, without the proof; what opens each."""
    import onnxruntime
    import safetensors.torch
    import torch

    import mxnet as mx
    from mxnet.onnx.writing import write
    from mxnet.symbol.typed import typed
    from remxnet.convert import program, source, tensors

    symbol, arguments, states = mx.model.load_checkpoint(prefix, 0)
    graph = typed(symbol, {**arguments, **states}, {"data": shape})
    written = source.written(graph, "Network", "network.safetensors")
    space: dict[str, Any] = {"__name__": "network", "__file__": f"{prefix}.py"}
    exec(compile(written.text, f"{prefix}.py", "exec"), space)
    torch.save(written.tensors, f"{prefix}.pt")
    Path(f"{prefix}.safetensors").write_bytes(tensors.dumps(written.tensors))
    Path(f"{prefix}.pt2").write_bytes(program.dumps(program.exported(graph)))
    Path(f"{prefix}.onnx").write_bytes(write(graph).SerializeToString())

    def imports() -> Callable[[np.ndarray[Any, Any]], Any]:
        net = mx.gluon.SymbolBlock.imports(f"{prefix}-symbol.json", ["data"], f"{prefix}-0000.params")
        return lambda picture: net(mx.nd.array(picture)).asnumpy()

    def checkpoint() -> Callable[[np.ndarray[Any, Any]], Any]:
        module = mx.mod.Module.load(prefix, 0, label_names=None)
        module.bind([("data", shape)], for_training=False)
        return lambda picture: module.predict(mx.io.NDArrayIter(picture)).asnumpy()

    def torch_module(read: Callable[[], dict[str, Any]]) -> Opens:
        def opens() -> Callable[[np.ndarray[Any, Any]], Any]:
            with torch.device("meta"):
                net = space["Network"]()
            net.load_state_dict(read(), assign=True)
            net.eval()
            return torch.no_grad()(lambda picture: net(torch.from_numpy(picture)))

        return opens

    def exported() -> Callable[[np.ndarray[Any, Any]], Any]:
        net = torch.export.load(f"{prefix}.pt2").module()
        return torch.no_grad()(lambda picture: net(data=torch.from_numpy(picture)))

    def session() -> Callable[[np.ndarray[Any, Any]], Any]:
        made = onnxruntime.InferenceSession(f"{prefix}.onnx", providers=["CPUExecutionProvider"])
        return lambda picture: made.run(None, {"data": picture})

    return {
        ".params: SymbolBlock.imports": imports,
        ".params: Module.load, bind": checkpoint,
        ".pt: torch.load": torch_module(lambda: torch.load(f"{prefix}.pt", weights_only=True)),
        ".safetensors: load_file": torch_module(lambda: safetensors.torch.load_file(f"{prefix}.safetensors")),
        ".pt2: torch.export.load": exported,
        ".onnx: onnxruntime.InferenceSession": session,
    }


if __name__ == "__main__":
    main()
