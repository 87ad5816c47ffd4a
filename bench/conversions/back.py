"""Networks out to ONNX and back in: how far what comes back is apart from what went out."""

from __future__ import annotations

from .networks import Shapes

__all__ = ["there_and_back"]

#: sizes of batches that are compared
BATCHES = (1, 3)


def there_and_back(prefix: str, shapes: Shapes) -> float:
    """Write a saved network as ONNX, read that by ``mx.contrib.onnx.import_model``, and compare.

    Parameters
    ----------
    prefix : str
        of the saved network's two files; the ONNX file lies beside them
    shapes : dict of str to tuple of int
        of its inputs; batches of other sizes are compared where the first axes of all are equal

    Returns
    -------
    float
        the largest difference as a share of an output's largest element

    Raises
    ------
    InputError, MXNetError
        it does not go out, or does not come back
    """
    from mxnet.base import MXNetError
    from mxnet.contrib import onnx as onnx_mxnet
    from remxnet.convert import convert
    from remxnet.convert.models import find
    from remxnet.convert.proving import Reference, compared, random_inputs

    file = f"{prefix}.onnx"
    any_batch = len({shape[0] for shape in shapes.values()}) == 1  # states of recurrent layers begin with the layers
    done = convert(prefix, file, shapes=shapes, dynamic=any_batch)
    model = find(prefix, shapes=shapes)
    dtypes = {value.name: value.dtype for value in done.graph.inputs}
    symbol, arguments, states = onnx_mxnet.import_model(file)
    original, again = (
        Reference(model.symbol, model.parameters, dtypes),
        Reference(symbol, {**arguments, **states}, dtypes),
    )
    names = set(symbol.list_inputs())
    found = compared(
        done.graph.output_names,
        original,
        lambda inputs: again({name: each for name, each in inputs.items() if name in names}),
        [random_inputs(done.graph, seed, size) for seed, size in enumerate(BATCHES if any_batch else (None, None))],
    )
    wrong = [f"{each.output}: {each.problem}" for each in found if each.problem]
    if wrong:
        raise MXNetError(f"what comes back differs: {'; '.join(wrong)}")
    return max(each.share for each in found)
