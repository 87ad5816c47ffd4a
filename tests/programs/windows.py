"""Convolutions and poolings: the random shapes in which fast paths differ, and sums over windows."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .kinds import Kind, kind

__all__ = ["windows"]

_CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSES = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
_ACTIVATIONS = [None, None, None, "relu", "relu", "sigmoid", "tanh", "softrelu", "softsign"]


def activate(run, name, x):
    """An activation by MXNet's name."""
    if name is None:
        return x
    if name == "relu":
        run.kink(x)
        return x.clamp(min=0) * (x > 0)
    if name in ("sigmoid", "tanh"):
        return saturating(run, name, x)
    return run.rough(F.softplus(x) if name == "softrelu" else x / (1 + x.abs()))


def saturating(run, name, x):
    """A sigmoid or tanh whose gradient is that of its rounded result, which is all that a backward knows."""
    y = getattr(torch, name)(x.detach())
    y = run.noisy(y) if run.level else y
    slope = y * (1 - y) if name == "sigmoid" else 1 - y * y
    return y + run.rough(slope * (x - x.detach()))


def plain(values):
    """A tuple that is the same along all axes as the number, as people write it."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def arguments(pairs):
    """Keyword arguments, those left out that have their default."""
    return ", ".join(f"{name}={value!r}" for name, value, default in pairs if value != default)


@kind("conv", 5.0)
class Convolution(Kind):
    """Conv1D to Conv3D."""

    def draw(self, rng, shapes):
        shape = shapes[0]
        axes = len(shape) - 2
        if not 1 <= axes <= 3:
            return None
        channels = shape[1]
        groups = rng.choice([1, 1, 1, channels, *(g for g in (2, 3, 4) if channels % g == 0)])
        wide = channels >= 16 or rng.random() < 0.15
        out = rng.choice([1, 2, 3, 4, 5, 6, 8]) if not wide else rng.choice([16, 16, 20, 32])
        out = max(1, round(out / groups)) * groups
        if rng.random() < 0.15 and groups == 1:
            kernel, strides, padding, dilation = [1] * axes, [1] * axes, [0] * axes, [1] * axes
        else:
            kernel = [rng.choice([1, 1, 2, 3, 3, 4, 5]) for _ in range(axes)]
            same = rng.random() < 0.4
            strides = [1 if same else rng.choice([1, 1, 1, 2, 3]) for _ in range(axes)]
            padding = [(k // 2 if same else rng.choice([0, 0, 1, 1, 2, k, k + 1])) for k in kernel]
            dilation = [1 if same else rng.choice([1, 1, 1, 1, 2, 3]) for _ in range(axes)]
        for n, k, p, d in zip(shape[2:], kernel, padding, dilation):
            if n + 2 * p < d * (k - 1) + 1:
                return None
        if axes == 3 and any(p > k for p, k in zip(padding, kernel)):
            return None  # much to compute and little to see
        return {
            "axes": axes, "channels": out, "kernel": kernel, "strides": strides, "padding": padding,
            "dilation": dilation, "groups": groups, "activation": rng.choice(_ACTIVATIONS),
            "bias": rng.random() < 0.7,
        }  # fmt: skip

    def text(self, a):
        known = arguments(
            [
                ("strides", plain(a["strides"]), 1), ("padding", plain(a["padding"]), 0),
                ("dilation", plain(a["dilation"]), 1), ("groups", a["groups"], 1),
                ("activation", a["activation"], None), ("use_bias", a["bias"], True),
                ("output_padding", plain(a.get("beyond", [0])), 0),
            ]
        )  # fmt: skip
        transposed = "Transpose" if "beyond" in a else ""
        size = plain(a["kernel"])
        return f"nn.Conv{a['axes']}D{transposed}({a['channels']}, {size}{', ' if known else ''}{known})"

    def parameters(self, a, shapes):
        found = {"weight": ((a["channels"], shapes[0][1] // a["groups"], *a["kernel"]), "weight")}
        if a["bias"]:
            found["bias"] = ((a["channels"],), "bias")
        return found

    def compute(self, run, a, inputs, parameters):
        place = a["strides"], a["padding"], a["dilation"], a["groups"]
        weight, bias, terms = run.weights(parameters)
        out = _CONVOLUTIONS[a["axes"]](inputs[0], weight, bias, *place)
        terms[0] = out.numel() // out.shape[1]
        return activate(run, a["activation"], run.rough(out))


@kind("conv_transpose", 1.0)
class Transposed(Convolution):
    """Conv1DTranspose to Conv3DTranspose."""

    def draw(self, rng, shapes):
        shape = shapes[0]
        axes = len(shape) - 2
        if not 1 <= axes <= 3:
            return None
        groups = rng.choice([1, 1, 1, *(g for g in (2, 3) if shape[1] % g == 0)])
        kernel = [rng.choice([1, 2, 3, 4]) for _ in range(axes)]
        strides = [rng.choice([1, 1, 2, 3]) for _ in range(axes)]
        dilation = [rng.choice([1, 1, 1, 2]) for _ in range(axes)]
        padding = [rng.choice([0, 0, 1, 2]) for _ in range(axes)]
        beyond = [rng.randrange(s) if rng.random() < 0.4 else 0 for s in strides]
        for n, k, s, d, p, b in zip(shape[2:], kernel, strides, dilation, padding, beyond):
            if (n - 1) * s - 2 * p + d * (k - 1) + b + 1 < 1 or 2 * p > d * (k - 1) + 1 + (n - 1) * s:
                return None
        return {
            "axes": axes, "channels": rng.choice([1, 2, 3, 4]) * groups, "kernel": kernel, "strides": strides,
            "padding": padding, "dilation": dilation, "groups": groups, "activation": rng.choice(_ACTIVATIONS),
            "bias": rng.random() < 0.7, "beyond": beyond,
        }  # fmt: skip

    def parameters(self, a, shapes):
        found = {"weight": ((shapes[0][1], a["channels"] // a["groups"], *a["kernel"]), "weight")}
        if a["bias"]:
            found["bias"] = ((a["channels"],), "bias")
        return found

    def compute(self, run, a, inputs, parameters):
        place = a["strides"], a["padding"], a["beyond"], a["groups"], a["dilation"]
        weight, bias, terms = run.weights(parameters)
        out = _TRANSPOSES[a["axes"]](inputs[0], weight, bias, *place)
        terms[0] = out.numel() // out.shape[1]
        return activate(run, a["activation"], run.rough(out))


def windows(x, kernel, strides, before, after, value):
    """(n, channels, places..., elements of a window) of x with a border of `value`."""
    border = [n for pair in zip(reversed(before), reversed(after)) for n in pair]
    x = F.pad(x, border, value=value)
    for axis, (width, step) in enumerate(zip(kernel, strides), 2):
        x = x.unfold(axis, width, step)
    return x.flatten(2 + len(kernel))


def first_largest(run, seen):
    """The largest of the last axis; of equal ones, the first gets the gradient."""
    largest = seen.detach().amax(-1, keepdim=True)
    equal = seen.detach() == largest
    first = equal & (equal.cumsum(-1) == 1)
    if seen.shape[-1] > 1:
        run.kink((largest - seen.detach().masked_fill(equal, -torch.inf)).clamp(max=1e300))
        run.kink(equal.double() - 0.5)  # ties that noise undoes
    return torch.where(first, seen, 0).sum(-1)


@kind("pool", 3.0)
class Pooling(Kind):
    """MaxPool, AvgPool, the global ones, and p-norms, which only the operator has."""

    def draw(self, rng, shapes):
        shape = shapes[0]
        axes = len(shape) - 2
        if not 1 <= axes <= 3:
            return None
        how = rng.choice(["max", "max", "avg", "avg", "lp", "sum"])
        if rng.random() < 0.2:
            return {"axes": axes, "how": rng.choice(["max", "avg"]), "everything": True}
        kernel = [min(rng.choice([1, 2, 2, 3, 3, 4]), n + 2) for n in shape[2:]]
        strides = [rng.choice([1, 2, 2, 3, k]) for k in kernel]
        padding = [rng.choice([0, 0, 0, k // 2, k - 1]) for k in kernel]
        if any(k > n + 2 * p for n, k, p in zip(shape[2:], kernel, padding)):
            return None
        ceil = rng.random() < 0.3
        if ceil:  # no window may lie beyond everything
            for n, k, s, p in zip(shape[2:], kernel, strides, padding):
                if (-(-(n + 2 * p - k) // s)) * s >= n + p:
                    return None
        return {
            "axes": axes, "how": how, "kernel": kernel, "strides": strides, "padding": padding, "ceil": ceil,
            "include": rng.random() < 0.5, "power": rng.choice([1, 2]), "everything": False,
        }  # fmt: skip

    def text(self, a):
        if a["everything"]:
            return f"nn.Global{a['how'].capitalize()}Pool{a['axes']}D()"
        if a["how"] in ("lp", "sum"):
            power = f", p_value={a['power']}" if a["how"] == "lp" else ""
            convention = ", pooling_convention='full'" if a["ceil"] else ""
            place = f"kernel={tuple(a['kernel'])}, stride={tuple(a['strides'])}, pad={tuple(a['padding'])}"
            return f"nn.HybridLambda(lambda F, x: F.Pooling(x, pool_type={a['how']!r}{power}, {place}{convention}))"
        include = [("count_include_pad", a["include"], True)] if a["how"] == "avg" else []
        known = arguments(
            [
                ("strides", plain(a["strides"]), plain(a["kernel"])), ("padding", plain(a["padding"]), 0),
                ("ceil_mode", a["ceil"], False), *include,
            ]
        )  # fmt: skip
        name = f"nn.{a['how'].capitalize()}Pool{a['axes']}D"
        return f"{name}({plain(a['kernel'])}{', ' if known else ''}{known})"

    def compute(self, run, a, inputs, parameters):
        x = inputs[0]
        axes = a["axes"]
        if a["everything"]:
            seen = x.flatten(2)
            out = first_largest(run, seen) if a["how"] == "max" else run.rough(seen.mean(-1))
            return out.reshape(*x.shape[:2], *[1] * axes)
        kernel, strides, before = a["kernel"], a["strides"], a["padding"]
        after = []
        for n, k, s, p in zip(x.shape[2:], kernel, strides, before):
            room = n + 2 * p - k
            count = (-(-room // s) if a["ceil"] else room // s) + 1
            after.append(max(p, (count - 1) * s + k - n - p))
        beyond = [max(0, wide - p) for wide, p in zip(after, before)]

        def windowed(tensor, value):
            """Windows, without those that the last rounding down leaves out."""
            return windows(tensor, kernel, strides, before, after, value)

        if a["how"] == "max":
            return first_largest(run, windowed(x, -torch.inf))
        if a["how"] == "lp":
            total = windowed(x.abs() ** 2 if a["power"] == 2 else x, 0.0).sum(-1)
            if a["power"] == 1:
                return run.rough(total)
            run.kink(total)
            nothing = total == 0
            return run.rough(torch.where(nothing, 0, torch.sqrt(torch.where(nothing, 1, total))))
        total = windowed(x, 0.0).sum(-1)
        if a["how"] == "sum":
            return run.rough(total)
        ones = torch.ones((1, 1, *x.shape[2:]), dtype=x.dtype)
        if a["include"]:
            ones = F.pad(ones, [p for p in reversed(before) for _ in range(2)], value=1.0)
            counted = windows(ones, kernel, strides, [0] * axes, beyond, 0.0)
        else:
            counted = windowed(ones, 0.0)
        return run.rough(total / counted.sum(-1).clamp(min=1))
