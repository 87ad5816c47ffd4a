"""MXNet's way to write an ONNX file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import ndarray, symbol
from ..base import MXNetError
from ..ops.registry import OPERATORS, OVER_GRAPHS
from ..symbol import Symbol
from ..symbol.typed import Value, typed
from .writing import OLDEST_OPSET, write

__all__ = ["LARGEST_FILE", "export_model", "get_operator_support", "save", "size_of"]

#: bytes of parameters past which they are written beside the model: protobuf holds no message of 2 GiB
LARGEST_FILE = 2**31 - 2**26


def export_model(
    sym: str | Symbol,
    params: str | Mapping[str, ndarray.NDArray],
    in_shapes: Sequence[Any] | None = None,
    in_types: Any = np.float32,
    onnx_file_path: str = "model.onnx",
    verbose: bool = False,
    dynamic: bool = False,
    dynamic_input_shapes: Sequence[Any] | None = None,
    run_shape_inference: bool = False,
    input_type: Any = None,
    input_shape: Any = None,
) -> str:
    """Write a graph with its parameters as an ONNX file, for prediction.

    The model's inputs are the graph's without its parameters; its outputs have their nodes' names, in the graph's
    order.

    Parameters
    ----------
    sym : str or Symbol
        the graph, or its file
    params : str or dict of str to NDArray
        its parameters, or their file; names may begin with ``arg:`` and ``aux:``
    in_shapes : list of tuple of int
        the shape of each input in the graph's order (``sym.list_inputs()`` without the parameters); labels of output
        layers may be left out
    in_types : dtype, or list of dtype
        the dtype of all inputs, or of each
    onnx_file_path : str
        where to
    verbose : bool
        print what was written
    dynamic : bool
        whether lengths of the inputs may be others when the model runs
    dynamic_input_shapes : list of tuple, optional
        with ``dynamic``: the inputs' shapes with a name (or None, for one without a name) for each length that varies;
        by default all lengths of all inputs
    run_shape_inference : bool
        have onnx note the shapes of values between the nodes; most are noted anyway
    input_type, input_shape
        older names of `in_types` and `in_shapes`

    Returns
    -------
    str
        `onnx_file_path`

    Raises
    ------
    MXNetError
        operators that cannot be written, all of them named; shapes that do not fit; what stood in the file before is
        untouched

    Examples
    --------
    >>> import tempfile
    >>> x = mx.sym.Variable("x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = mx.onnx.export_model(mx.sym.exp(x), {}, [(2, 3)], onnx_file_path=f"{folder}/exp.onnx")
    >>> path.endswith("exp.onnx")
    True
    """
    graph = symbol.load(sym) if isinstance(sym, (str, os.PathLike)) else sym
    loaded = ndarray.load(params) if isinstance(params, (str, os.PathLike)) else params
    if not isinstance(loaded, Mapping):
        raise MXNetError("export_model: params are a list without names; expected a dict of names to arrays")
    arrays = {name.removeprefix("arg:").removeprefix("aux:"): array for name, array in loaded.items()}
    shapes, kinds = in_shapes if input_shape is None else input_shape, in_types if input_type is None else input_type
    if shapes is None:
        raise MXNetError("export_model: in_shapes is not given; expected the shape of each input")
    names = [name for name in graph.list_inputs() if name not in arrays]
    labels = {name for name in names if name.endswith("_label")}
    if len(shapes) == len(names) - len(labels):
        names = [name for name in names if name not in labels]
    elif len(shapes) != len(names):
        raise MXNetError(
            f"export_model: in_shapes has {len(shapes)} shapes; the graph has {len(names)} inputs without parameters: "
            f"{', '.join(names)}"
        )
    dtypes = list(kinds) if isinstance(kinds, (list, tuple)) else [kinds] * len(names)
    if len(dtypes) < len(names):
        raise MXNetError(f"export_model: in_types has {len(dtypes)} dtypes for {len(names)} inputs: {', '.join(names)}")
    known = typed(graph, arrays, dict(zip(names, shapes)), dict(zip(names, dtypes)))
    known.output_names = [_output_name(value) for value in known.outputs]
    axes = _dynamic(names, shapes, dynamic_input_shapes) if dynamic else {}
    model = write(known, OLDEST_OPSET, axes)
    if run_shape_inference:
        import onnx

        model = onnx.shape_inference.infer_shapes(model)
    save(model, onnx_file_path)
    if verbose:
        print(f"{onnx_file_path}: {len(model.graph.node)} nodes, {len(model.graph.initializer)} parameters")
    return onnx_file_path


def _output_name(value: Value) -> str:
    """What MXNet's exporter calls an output: its node's name, with a number where the node has several."""
    entry = value.entry
    assert entry is not None
    return f"{entry.node.name}{entry.output}" if entry.node.visible > 1 else entry.node.name


def _dynamic(names: Sequence[str], shapes: Sequence[Any], given: Sequence[Any] | None) -> dict[str, dict[int, str]]:
    """The axes whose lengths vary, by input, with a name for each length."""
    wanted = [[None] * len(shape) for shape in shapes] if given is None else given
    if len(wanted) != len(names) or any(len(one) != len(other) for one, other in zip(wanted, shapes)):
        raise MXNetError(
            f"export_model: dynamic_input_shapes={given}; expected a shape for each input, as long as in {list(shapes)}"
        )
    return {
        name: {
            axis: each if isinstance(each, str) else f"{name}_{axis}"
            for axis, each in enumerate(shape)
            if each is None or isinstance(each, str) or int(each) < 0
        }
        for name, shape in zip(names, wanted)
    }


def size_of(model: Any) -> int:
    """How many bytes the parameters of a model take."""
    return sum(len(each.raw_data) for each in model.graph.initializer)


def save(model: Any, path: str | os.PathLike[str], largest: int | None = None) -> None:
    """Check a model and write it; what stood there before stays until all of it is written.

    Parameters
    ----------
    model : onnx.ModelProto
        the model
    path : str
        where to; parameters that do not fit into one file lie beside it, in ``path`` with ``.data`` at its end
    largest : int, optional
        bytes of parameters that fit into one file

    Raises
    ------
    MXNetError
        onnx finds the model wrong
    """
    import onnx

    target = Path(path)
    size = size_of(model)
    temporary, data = target.with_name(f".{target.name}.part"), target.with_name(f"{target.name}.data")
    temporary_data = target.with_name(f".{target.name}.data.part")
    beside = size > (LARGEST_FILE if largest is None else largest)
    try:
        if beside:
            onnx.save_model(
                model, str(temporary), save_as_external_data=True, location=temporary_data.name, size_threshold=1024
            )
            _check(str(temporary))
            _renamed(temporary, temporary_data.name, data.name)
            temporary_data.replace(data)
        else:
            _check(model)
            temporary.write_bytes(model.SerializeToString())
        temporary.replace(target)
    finally:
        for each in (temporary, temporary_data):
            with contextlib.suppress(FileNotFoundError):
                each.unlink()


def _check(model: Any) -> None:
    import onnx

    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise MXNetError(f"ONNX: the model is not valid: {error}") from error


def _renamed(path: Path, old: str, new: str) -> None:
    """Have a model look for its parameters in a file of another name."""
    import onnx

    model = onnx.load_model(str(path), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location" and entry.value == old:
                entry.value = new
    path.write_bytes(model.SerializeToString())


def get_operator_support(opset_version: int | None = None) -> list[str]:
    """The names of all operators that can be written, for some attributes at least.

    Examples
    --------
    >>> "Convolution" in mx.onnx.get_operator_support()
    True
    """
    specs = {**OPERATORS, **OVER_GRAPHS}
    return sorted(name for name, spec in specs.items() if spec.rule("onnx") is not None)
