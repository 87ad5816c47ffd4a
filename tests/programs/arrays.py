"""Functions of ``hybrid_forward``: arithmetic, branches joined, shapes changed, axes summed."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .kinds import Kind, kind

__all__: list[str] = []


class _Function(Kind):
    """A node that is an expression."""

    layer = False


@kind("join", 2.5)
class Join(_Function):
    """Two arrays of one shape."""

    arity = 2
    _TEXTS = {
        "add": "{0} + {1}", "elemwise_add": "F.elemwise_add({0}, {1})", "subtract": "{0} - {1}",
        "multiply": "{0} * {1}", "maximum": "F.broadcast_maximum({0}, {1})", "add_n": "F.add_n({0}, {1})",
    }  # fmt: skip

    def draw(self, rng, shapes):
        if shapes[0] != shapes[1]:
            return None
        return {"how": rng.choice(["add", "add", "add", "elemwise_add", "subtract", "multiply", "maximum", "add_n"])}

    def text(self, a):
        return self._TEXTS[a["how"]]

    def compute(self, run, a, inputs, parameters):
        x, y = inputs
        if a["how"] == "maximum":
            run.kink(x - y)
            return torch.where(x >= y, x, y)
        how = {"subtract": torch.sub, "multiply": torch.mul}.get(a["how"], torch.add)
        return run.rough(how(x, y))


@kind("scale", 1.5)
class Scale(_Function):
    """One array times another of fewer places, as squeeze and excitation do, or plus it."""

    arity = 2

    def draw(self, rng, shapes):
        one, other = shapes
        if len(one) != len(other) or one == other or any(b not in (a, 1) for a, b in zip(one, other)):
            return None
        return {"how": rng.choice(["mul", "mul", "add"])}

    def text(self, a):
        return f"F.broadcast_{a['how']}({{0}}, {{1}})"

    def compute(self, run, a, inputs, parameters):
        return run.rough(inputs[0] * inputs[1] if a["how"] == "mul" else inputs[0] + inputs[1])


@kind("concat", 1.0)
class Concat(_Function):
    """Two arrays joined along an axis on which they may differ."""

    arity = 2

    def draw(self, rng, shapes):
        one, other = shapes
        if len(one) != len(other) or len(one) < 2:
            return None
        unequal = [axis for axis in range(len(one)) if one[axis] != other[axis]]
        if len(unequal) > 1 or 0 in unequal:
            return None
        return {"axis": unequal[0] if unequal else rng.randrange(1, len(one))}

    def text(self, a):
        return f"F.concat({{0}}, {{1}}, dim={a['axis']})"

    def compute(self, run, a, inputs, parameters):
        return torch.cat(inputs, a["axis"])


@kind("arithmetic", 1.0)
class Arithmetic(_Function):
    """Numbers and functions of elements."""

    _FUNCTIONS = {
        "{0} * 0.5 + 1": lambda x: x * 0.5 + 1,
        "1 - {0}": lambda x: 1 - x,
        "-{0}": lambda x: -x,
        "F.square({0})": lambda x: x * x,
        "1 / (1 + {0} * {0})": lambda x: 1 / (1 + x * x),
        "F.sigmoid({0}) * {0}": lambda x: torch.sigmoid(x) * x,
        "F.tanh({0}) + {0}": lambda x: torch.tanh(x) + x,
        "F.exp(-F.square({0}))": lambda x: torch.exp(-x * x),
        "F.softmax({0})": lambda x: torch.softmax(x, -1),
        "F.log_softmax({0})": lambda x: torch.log_softmax(x, -1),
        "F.identity({0})": lambda x: x.clone(),
    }

    def draw(self, rng, shapes):
        return {"text": rng.choice(list(self._FUNCTIONS))}

    def text(self, a):
        return a["text"]

    def compute(self, run, a, inputs, parameters):
        return run.rough(self._FUNCTIONS[a["text"]](inputs[0]))


@kind("reduce", 0.8)
class Reduce(_Function):
    """Sums and means over axes, which stay with length 1."""

    def draw(self, rng, shapes):
        axes = len(shapes[0])
        if axes < 2:
            return None
        chosen = sorted(rng.sample(range(1, axes), rng.randrange(1, axes)))
        return {"how": rng.choice(["mean", "mean", "sum"]), "axes": chosen}

    def text(self, a):
        return f"F.{a['how']}({{0}}, axis={tuple(a['axes'])}, keepdims=True)"

    def compute(self, run, a, inputs, parameters):
        return run.rough(getattr(torch, a["how"])(inputs[0], a["axes"], keepdim=True))


@kind("reshape", 1.0)
class Reshape(_Function):
    """Other axes for the same elements; the batch stays in front."""

    def draw(self, rng, shapes):
        shape = shapes[0]
        how = rng.choice(["join", "split", "tail", "one", "like"])
        if how == "join" and len(shape) >= 3:
            codes = rng.choice([(0, -3, -2), (0, 0, -1), (0, -1)])
            if codes == (0, -3, -2) and len(shape) == 3:
                codes = (0, -3)
            return {"codes": list(codes)}
        if how == "split" and len(shape) >= 2 and shape[1] % 2 == 0 and len(shape) < 5:
            return {"codes": [0, -4, 2, -1, -2] if len(shape) > 2 else [0, -4, 2, -1]}
        if how == "one" and 2 <= len(shape) < 5:
            return {"codes": [0, -4, 1, -1, -2] if len(shape) > 2 else [0, -4, 1, -1]}
        return {"codes": [0, -1]} if len(shape) >= 2 else None

    def text(self, a):
        return f"F.reshape({{0}}, shape={tuple(a['codes'])})"

    def compute(self, run, a, inputs, parameters):
        return inputs[0].reshape(meant(inputs[0].shape, a["codes"])).clone()


def meant(shape, codes):
    """The shape that MXNet's codes for reshape mean."""
    left, found, codes = list(shape), [], list(codes)
    while codes:
        code = codes.pop(0)
        if code == 0:
            found.append(left.pop(0))
        elif code == -2:
            found, left = found + left, []
        elif code == -3:
            found.append(left.pop(0) * left.pop(0))
        elif code == -4:
            whole, first, second = left.pop(0), codes.pop(0), codes.pop(0)
            found += [first, whole // first if second == -1 else second]
        else:
            found.append(code)
            left = left[1:] if code != -1 else []
    return found


@kind("axes", 1.0)
class Axes(_Function):
    """Axes in another order."""

    def draw(self, rng, shapes):
        axes = len(shapes[0])
        if axes < 3:
            return None
        order = list(range(1, axes))
        rng.shuffle(order)
        return {"order": [0, *order]}

    def text(self, a):
        return f"F.transpose({{0}}, axes={tuple(a['order'])})"

    def compute(self, run, a, inputs, parameters):
        return inputs[0].permute(a["order"]).contiguous()


@kind("slice", 1.0)
class Slice(_Function):
    """A part along an axis."""

    def draw(self, rng, shapes):
        wide = [axis for axis, length in enumerate(shapes[0]) if axis and length > 1]
        if not wide:
            return None
        axis = rng.choice(wide)
        length = shapes[0][axis]
        begin = rng.randrange(length)
        return {"axis": axis, "begin": begin, "end": rng.randrange(begin + 1, length + 1)}

    def text(self, a):
        return f"F.slice_axis({{0}}, axis={a['axis']}, begin={a['begin']}, end={a['end']})"

    def compute(self, run, a, inputs, parameters):
        return inputs[0].narrow(a["axis"], a["begin"], a["end"] - a["begin"]).contiguous()


@kind("upsample", 0.4)
class UpSample(_Function):
    """Each place repeated along two axes."""

    def draw(self, rng, shapes):
        fits = len(shapes[0]) == 4 and max(shapes[0][2:]) < 6
        return {"scale": rng.choice([1, 2, 3])} if fits else None

    def text(self, a):
        return f"F.UpSampling({{0}}, scale={a['scale']}, sample_type='nearest')"

    def compute(self, run, a, inputs, parameters):
        return inputs[0].repeat_interleave(a["scale"], 2).repeat_interleave(a["scale"], 3)


@kind("pad", 0.4)
class Pad(_Function):
    """A border of zeros or of what lies at the edge."""

    def draw(self, rng, shapes):
        if len(shapes[0]) not in (4, 5):
            return None
        widths = [rng.choice([0, 1, 2]) for _ in range(2 * (len(shapes[0]) - 2))]
        return {"widths": widths, "mode": rng.choice(["constant", "edge"])}

    def text(self, a):
        return f"F.pad({{0}}, mode={a['mode']!r}, pad_width={(0, 0, 0, 0, *a['widths'])})"

    def compute(self, run, a, inputs, parameters):
        pairs = [tuple(a["widths"][place : place + 2]) for place in range(0, len(a["widths"]), 2)]
        border = [n for pair in reversed(pairs) for n in pair]
        return F.pad(inputs[0], border, mode="replicate" if a["mode"] == "edge" else "constant")
