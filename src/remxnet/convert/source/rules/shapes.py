"""Shapes: reshaping by MXNet's codes, order of axes, joining, cutting, repeating. The batch is never written out.

A length of the graph stands in the program where the graph's attributes have it, or where it is no batch's; what an
attribute says relative to the input (keep, join, what is left) is said relative to the input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from mxnet.ops.registry import rule

from ..steps import At, Cannot, Tuple, literal
from .carried import carried

__all__: list[str] = []


def _shaped(data: str, lengths: Sequence[str]) -> str:
    """The elements of an expression in another shape."""
    return f"{data}.reshape({', '.join(lengths)})" if lengths else f"{data}.reshape(())"


@rule("source", "Reshape")
def _reshape(at: At) -> str:
    """Codes said in Python: 0 an axis's length, -1 what is left, -2 all further axes, -3 two joined, -4 one split."""
    attributes, data = at.attributes, at.data
    codes = list(attributes["shape"])
    if not codes:
        codes = [length or -1 for length in attributes["target_shape"]]
        codes[:1] = [0] if attributes["keep_highest"] else codes[:1]
    if not any(code in (0, -2, -3, -4) for code in codes):
        return _shaped(data, [repr(code) for code in codes])
    shape = at.shape()
    lengths = _lengths(at, shape, codes, attributes["reverse"])
    flat = [length for length in lengths if length != ""]
    if [*flat] == [_length(at, 0), "-1"] and len(shape) > 1:
        return f"{data}.flatten(1)"
    return _shaped(data, flat)


def _length(at: At, axis: int) -> str:
    """The length of an axis: read from the data for the batch, else as the graph has it."""
    return f"{at.data}.shape[{axis}]" if axis == 0 else repr(at.shape()[axis])


def _lengths(at: At, shape: Sequence[int], codes: list[int], reverse: bool) -> list[str]:
    """The lengths of the result, as expressions."""
    places = list(range(len(shape)))
    if reverse:
        places, codes = places[::-1], codes[::-1]
    found: list[str] = []
    left, place = 0, 0
    while place < len(codes):
        code, place = codes[place], place + 1
        if code == 0:
            found.append(_length(at, places[left]))
            left += 1
        elif code == -2:
            found += [_length(at, axis) for axis in places[left:]]
            left = len(places)
        elif code == -3:
            first, second = places[left], places[left + 1]
            found.append(_joined(at, first, second))
            left += 2
        elif code == -4:
            pair = codes[place : place + 2]
            place += 2
            found += _split(at, places[left], pair)
            left += 1
        else:
            found.append(repr(code))
            left += 1
    if "-1" not in found and sum(".shape[0]" in each for each in found) == 1:
        # one length that depends on the batch is what is left
        mixed = next(each for each in found if ".shape[0]" in each)
        known = [int(each) for each in found if each is not mixed]
        if mixed != _length(at, 0) and prod(shape) % max(prod(known), 1) == 0:
            found[found.index(mixed)] = "-1"
    return found[::-1] if reverse else found


def _joined(at: At, first: int, second: int) -> str:
    low, high = sorted((first, second))
    if low == 0:
        return f"{at.data}.shape[0] * {at.shape()[high]}"
    return repr(at.shape()[low] * at.shape()[high])


def _split(at: At, axis: int, pair: Sequence[int]) -> list[str]:
    length, (first, second) = at.shape()[axis], pair
    if axis:
        known = [length // second if first == -1 else first, length // first if second == -1 else second]
        return [repr(each) for each in known]
    if -1 not in pair:
        return [repr(first), repr(second)]
    whole = f"{at.data}.shape[0]"
    return [f"{whole} // {second}", repr(second)] if first == -1 else [repr(first), f"{whole} // {first}"]


@rule("source", "_np_reshape")
def _numpys_reshape(at: At) -> str:
    if at.attributes["order"] != "C":
        return carried(at)
    return _shaped(at.data, [repr(length) for length in at.attributes["newshape"]])


rule("source", "Flatten")(lambda at: f"{at.data}.flatten(1)")


@rule("source", "transpose")
def _transpose(at: At) -> str:
    axes = at.attributes["axes"] or tuple(range(at.rank()))[::-1]
    return _permuted(at.data, axes)


def _permuted(data: str, axes: Sequence[int]) -> str:
    if len(axes) == 2 and list(axes) == [1, 0]:
        return f"{data}.t()"
    return f"{data}.permute({', '.join(map(repr, axes))})" if axes else data


@rule("source", "_np_transpose")
def _numpys_transpose(at: At) -> str:
    return _permuted(at.data, at.attributes["axes"] or tuple(range(at.rank()))[::-1])


rule("source", "SwapAxis")(lambda at: f"{at.data}.transpose({at.attributes['dim1']}, {at.attributes['dim2']})")
rule("source", "expand_dims")(lambda at: f"{at.data}.unsqueeze({at.attributes['axis']})")


@rule("source", "squeeze", "_np_squeeze")
def _squeeze(at: At) -> str:
    axis, shape = at.attributes["axis"], at.shape()
    axes = [axis] if isinstance(axis, int) else list(axis or ())
    if axis is None or axis == ():
        axes = [each for each, length in enumerate(shape) if length == 1]
    axes = sorted(each % max(len(shape), 1) for each in axes)
    if len(axes) == len(shape) and at.call.spec.name == "squeeze" and axes:
        axes = axes[1:]  # MXNet keeps an axis
    if not axes:
        return at.data
    return f"{at.data}.squeeze({axes[0] if len(axes) == 1 else tuple(axes)})"


@rule("source", "shape_array")
def _shape_array(at: At) -> str:
    return f"torch.tensor({at.data}.shape)"


@rule("source", "size_array")
def _size_array(at: At) -> str:
    return f"torch.tensor([{at.data}.numel()])"


# --- joining and parting -------------------------------------------------------------------------------------------


@rule("source", "Concat")
def _concat(at: At) -> str:
    return f"torch.cat([{', '.join(map(str, at.inputs))}], {at.attributes['dim']})"


@rule("source", "_npi_concatenate")
def _concatenate(at: At) -> str:
    axis = at.attributes["axis"]
    if axis is None:
        return f"torch.cat([{', '.join(f'{each}.reshape(-1)' for each in at.inputs)}])"
    return f"torch.cat([{', '.join(map(str, at.inputs))}], {axis})"


@rule("source", "stack", "_npi_stack")
def _stack(at: At) -> str:
    first, shape = at.inputs[0], at.shape()
    alike = (at.shape(place) == shape for place in range(len(at.inputs)))
    parts = (str(each) if same else f"{each}.reshape({first}.shape)" for each, same in zip(at.inputs, alike))
    return f"torch.stack([{', '.join(parts)}], {at.attributes['axis']})"


def _joined_by(function: str) -> Callable[[At], str]:
    return lambda at: f"torch.{function}([{', '.join(map(str, at.inputs))}])"


rule("source", "_npi_vstack")(_joined_by("vstack"))
rule("source", "_npi_hstack")(_joined_by("hstack"))
rule("source", "_npi_dstack")(_joined_by("dstack"))


@rule("source", "SliceChannel")
def _parted(at: At) -> str | list[str]:
    count, axis = at.attributes["num_outputs"], at.attributes["axis"]
    if at.attributes["squeeze_axis"]:
        text = f"{at.data}.unbind({axis})"
    else:
        text = f"{at.data}.chunk({count}, {axis})"
    return Tuple(text) if count > 1 else [f"{text}[0]"]


@rule("source", "_npi_hsplit", "_npi_dsplit")
def _split_like_numpy(at: At) -> str:
    attributes = {name: at.attributes[name] for name in ("indices", "squeeze_axis", "sections")}
    axis = 2 if "dsplit" in at.call.spec.name else min(1, at.rank() - 1)
    text = at.call_of("split_v2", at.data, **attributes, axis=axis)
    return Tuple(text) if at.call.node.visible > 1 else text


def _atleast(at: At) -> str | list[str]:
    rank = at.call.spec.name[-2]
    return [f"torch.atleast_{rank}d({each})" for each in at.inputs]


rule("source", "_np_atleast_1d", "_np_atleast_2d", "_np_atleast_3d")(_atleast)


# --- cutting -------------------------------------------------------------------------------------------------------


def _bounds(first: int | None, last: int | None, step: int | None = None) -> str:
    shown = [("" if each is None else repr(each)) for each in (first or None, last)]
    return ":".join(shown) + (f":{step}" if step not in (None, 1) else "")


@rule("source", "slice")
def _slice(at: At) -> str:
    begin, end = at.attributes["begin"], at.attributes["end"]
    step = at.attributes["step"] or (None,) * len(begin)
    if any(each is not None and each < 0 for each in step):
        return _slice_backwards(at)
    parts = [_bounds(*each) for each in zip(begin, end, step)]
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return f"{at.data}[{', '.join(parts)}]" if parts else at.data


def _slice_backwards(at: At) -> str:
    begin, end = at.attributes["begin"], at.attributes["end"]
    step = at.attributes["step"]
    text = at.data
    for axis, bounds in enumerate(zip(begin, end, step)):
        places = range(*slice(*bounds).indices(at.shape()[axis]))
        if bounds[2] is not None and bounds[2] < 0:
            low, high = (places[-1], places[0] + 1) if places else (0, 0)
            text = f"{text}[{', '.join([':'] * axis + [_bounds(low, high, -bounds[2])])}].flip({axis})"
        elif bounds != (None, None, None):
            text = f"{text}[{', '.join([':'] * axis + [_bounds(*bounds)])}]"
    return text


@rule("source", "slice_axis")
def _slice_axis(at: At) -> str:
    axis = at.attributes["axis"] % at.rank()
    bounds = _bounds(at.attributes["begin"], at.attributes["end"])
    return f"{at.data}[{', '.join([':'] * axis + [bounds])}]"


@rule("source", "_image_crop")
def _crop(at: At) -> str:
    x, y, width, height = (at.attributes[name] for name in ("x", "y", "width", "height"))
    return f"{at.data}[..., {y}:{y + height}, {x}:{x + width}, :]"


rule("source", "_image_flip_left_right")(lambda at: f"{at.data}.flip(-2)")
rule("source", "_image_flip_top_bottom")(lambda at: f"{at.data}.flip(-3)")


# --- repeating -----------------------------------------------------------------------------------------------------


@rule("source", "tile")
def _tile(at: At) -> str:
    return f"{at.data}.tile({literal(at.attributes['reps'])})" if at.attributes["reps"] else at.data


@rule("source", "repeat")
def _repeat(at: At) -> str:
    count, axis = at.attributes["repeats"], at.attributes["axis"]
    if axis is None:
        return f"{at.data}.flatten().repeat_interleave({count})"
    return f"{at.data}.repeat_interleave({count}, {axis})"


@rule("source", "reverse")
def _reverse(at: At) -> str:
    axes = at.attributes["axis"]
    return f"{at.data}.flip({axes[0] if len(axes) == 1 else literal(axes)})"


@rule("source", "_npi_flip")
def _flip(at: At) -> str:
    axes = at.attributes["axis"]
    return f"{at.data}.flip({literal(tuple(range(at.rank())) if axes is None else axes)})"


@rule("source", "broadcast_to")
def _broadcast_to(at: At) -> str:
    lengths = [
        "-1" if wanted == 0 or wanted == length else repr(wanted)
        for wanted, length in zip(at.attributes["shape"], at.shape())
    ]
    return f"{at.data}.expand({', '.join(lengths)})"


@rule("source", "broadcast_axis")
def _broadcast_axis(at: At) -> str:
    lengths = ["-1"] * at.rank()
    for axis, size in zip(at.attributes["axis"], at.attributes["size"]):
        lengths[axis % at.rank()] = repr(size)
    return f"{at.data}.expand({', '.join(lengths)})"


@rule("source", "_npi_tril", "_npi_triu")
def _triangle(at: At) -> str:
    name = at.call.spec.name[-4:]
    data = at.data if at.rank() > 1 else f"{at.data}.expand({at.shape()[0]}, -1)"
    return f"{data}.{name}({at.attributes['k'] or ''})"


# --- from nothing --------------------------------------------------------------------------------------------------


def _dtype(at: At) -> str:
    dtype = literal(at.attributes["dtype"])
    return "" if dtype == "torch.float32" else f", dtype={dtype}"


def _filled(function: str) -> Callable[[At], str]:
    return lambda at: f"torch.{function}({literal(tuple(_shape(at)))}{_dtype(at)})"


def _shape(at: At) -> tuple[int, ...]:
    """The shape wanted, where lengths left open are those that the graph was found to have."""
    wanted, found = at.attributes["shape"], at.call.outputs[0].shape
    if found is not None and len(found) == len(wanted or ()):
        return found
    if any(length < 1 for length in wanted or ()):
        raise Cannot("a length of its shape is not known")
    return tuple(wanted or ())


rule("source", "_zeros", "_npi_zeros")(_filled("zeros"))
rule("source", "_ones", "_npi_ones")(_filled("ones"))


@rule("source", "_full")
def _full(at: At) -> str:
    return (
        f"torch.full({literal(_shape(at))}, {literal(at.attributes['value'])}{_dtype(at) or ', dtype=torch.float32'})"
    )


@rule("source", "_arange", "_npi_arange")
def _arange(at: At) -> str:
    start, stop, step = (at.attributes[name] for name in ("start", "stop", "step"))
    repeat, dtype = at.attributes["repeat"], literal(at.attributes["dtype"])
    found = at.call.outputs[0].shape
    count = None if found is None else found[0] // repeat
    if stop is None:
        start, stop = 0.0, start
    if count is None:
        raise Cannot("how many numbers there are is not known")
    whole = "float" not in dtype
    first, by = (int(start), int(step)) if whole else (start, step)
    text = f"torch.arange({count}, dtype={dtype})"
    text = text if by == 1 else f"{text} * {literal(by)}"
    text = text if not first else f"{text} + {literal(first)}"
    return text if repeat == 1 else f"({text}).repeat_interleave({repeat})"


@rule("source", "_linspace")
def _linspace(at: At) -> str:
    start, stop, num = (at.attributes[name] for name in ("start", "stop", "num"))
    parts = num - 1 if at.attributes["endpoint"] else num
    step = (stop - start) / parts if parts > 0 else 0.0
    numbers = f"torch.arange({num}, dtype=torch.float64) * {literal(step)} + {literal(start)}"
    return f"({numbers}).to({literal(at.attributes['dtype'])})"


@rule("source", "_npi_logspace")
def _logspace(at: At) -> str:
    start, stop, num = (at.attributes[name] for name in ("start", "stop", "num"))
    parts = num - 1 if at.attributes["endpoint"] else num
    step = (stop - start) / parts if parts > 0 else 0.0
    powers = f"torch.arange({num}, dtype=torch.float64) * {literal(step)} + {literal(start)}"
    return f"torch.pow({literal(at.attributes['base'])}, {powers}).to({literal(at.attributes['dtype'])})"


@rule("source", "_eye", "_npi_eye", "_npi_identity")
def _eye(at: At) -> str:
    name = at.call.spec.name
    if name == "_npi_identity":
        rows = columns = at.attributes["shape"][0]
        above = 0
    else:
        rows, columns, above = at.attributes["N"], at.attributes["M"], at.attributes["k"]
        columns = columns or rows
    if not above:
        return f"torch.eye({rows}{'' if columns == rows else f', {columns}'}{_dtype(at)})"
    places = f"torch.arange({rows}).unsqueeze(1) + {above}"
    return f"torch.eq(torch.arange({columns}), {places}).to({literal(at.attributes['dtype'])})"


@rule("source", "_npi_indices")
def _indices(at: At) -> str:
    lengths = ", ".join(f"torch.arange({length})" for length in at.attributes["dimensions"])
    return f'torch.stack(torch.meshgrid({lengths}, indexing="ij")).to({literal(at.attributes["dtype"])})'


@rule("source", "_npi_hanning", "_npi_hamming", "_npi_blackman")
def _window(at: At) -> str:
    function = {"_npi_hanning": "hann", "_npi_hamming": "hamming", "_npi_blackman": "blackman"}[at.call.spec.name]
    return f"torch.{function}_window({at.attributes['M']}, periodic=False{_dtype(at)})"
