"""Layers over channels and features: dense, normalizations, activations, dropout, embedding."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from .kinds import Kind, kind
from .windows import _ACTIVATIONS, activate, arguments

__all__: list[str] = []


@kind("dense", 3.0)
class Dense(Kind):
    """Dense, over everything or the last axis."""

    def draw(self, rng, shapes):
        shape = shapes[0]
        if len(shape) < 2:
            return None
        units = rng.choice([1, 2, 3, 5, 8, 16, 32]) if len(shape) > 2 or rng.random() < 0.8 else shape[-1]
        return {
            "units": units, "flatten": len(shape) == 2 or rng.random() < 0.7, "bias": rng.random() < 0.7,
            "activation": rng.choice(_ACTIVATIONS),
        }  # fmt: skip

    def text(self, a):
        known = arguments(
            [("activation", a["activation"], None), ("use_bias", a["bias"], True), ("flatten", a["flatten"], True)]
        )
        return f"nn.Dense({a['units']}{', ' if known else ''}{known})"

    def parameters(self, a, shapes):
        found = {"weight": ((a["units"], math.prod(shapes[0][1:]) if a["flatten"] else shapes[0][-1]), "weight")}
        if a["bias"]:
            found["bias"] = ((a["units"],), "bias")
        return found

    def compute(self, run, a, inputs, parameters):
        x = inputs[0].flatten(1) if a["flatten"] else inputs[0]
        return activate(run, a["activation"], run.rough(F.linear(x, parameters["weight"], parameters.get("bias"))))


@kind("batch_norm", 3.0)
class BatchNorm(Kind):
    """BatchNorm and BatchNormReLU, with all their flags."""

    def draw(self, rng, shapes):
        shape = shapes[0]
        if len(shape) < 2:
            return None
        axis = 1 if rng.random() < 0.85 else rng.choice([-1, len(shape) - 1])
        return {
            "axis": axis, "momentum": rng.choice([0.9, 0.9, 0.5, 0.0]), "epsilon": rng.choice([1e-5, 1e-5, 1e-3, 2e-5]),
            "center": rng.random() < 0.8, "scale": rng.random() < 0.75, "global": rng.random() < 0.15,
            "relu": rng.random() < 0.15,
        }  # fmt: skip

    def text(self, a):
        known = arguments(
            [
                ("axis", a["axis"], 1), ("momentum", a["momentum"], 0.9), ("epsilon", a["epsilon"], 1e-5),
                ("center", a["center"], True), ("scale", a["scale"], True), ("use_global_stats", a["global"], False),
            ]
        )  # fmt: skip
        return f"nn.BatchNorm{'ReLU' if a['relu'] else ''}({known})"

    def parameters(self, a, shapes):
        length = (shapes[0][a["axis"]],)
        return {
            "gamma": (length, "gamma" if a["scale"] else "fixed gamma"),
            "beta": (length, "bias" if a["center"] else "fixed bias"),
            "running_mean": (length, "mean"),
            "running_var": (length, "variance"),
        }

    def compute(self, run, a, inputs, parameters):
        x = run.rough(inputs[0])
        axis = a["axis"] % x.dim()
        others = [each for each in range(x.dim()) if each != axis]
        along = [-1 if each == axis else 1 for each in range(x.dim())]
        went_back = []  # the running statistics move where the backward goes through this layer
        if run.training and not a["global"]:
            mean, variance = x.mean(others), x.var(others, correction=0)
            run.moved.append(("running_mean", run.node, mean.detach(), a["momentum"], went_back))
            run.moved.append(("running_var", run.node, variance.detach(), a["momentum"], went_back))
        else:
            mean, variance = parameters["running_mean"].detach(), parameters["running_var"].detach()
        out = run.normal(x, mean.reshape(along), variance.reshape(along), a["epsilon"])
        if a["scale"]:
            out = out * parameters["gamma"].reshape(along)
        out = run.rough(out + parameters["beta"].reshape(along))
        if out.requires_grad:
            out.register_hook(lambda _: went_back.extend(("running_mean", "running_var")))
        return activate(run, "relu", out) if a["relu"] else out


class _Normalization(Kind):
    """A mean of zero and a deviation of one over some axes."""

    def text(self, a):
        known = arguments([(name, a[name], default) for name, default in self.defaults if name in a])
        first = f"{a['groups']}{', ' if known else ''}" if "groups" in a else ""
        return f"nn.{self.title}({first}{known})"

    def parameters(self, a, shapes):
        length = (self.length(a, shapes[0]),)
        return {
            "gamma": (length, "gamma" if a["scale"] else "unlearned gamma"),
            "beta": (length, "bias" if a["center"] else "fixed bias"),
        }

    def flags(self, rng):
        return {
            "epsilon": rng.choice([1e-5, 1e-5, 1e-3]), "center": rng.random() < 0.8, "scale": rng.random() < 0.7,
        }  # fmt: skip

    def normal(self, run, x, axes, epsilon):
        x = run.rough(x)
        return run.normal(x, x.mean(axes, keepdim=True), x.var(axes, correction=0, keepdim=True), epsilon)


@kind("layer_norm", 1.0)
class LayerNorm(_Normalization):
    """LayerNorm along one axis."""

    title = "LayerNorm"
    defaults = (("axis", -1), ("epsilon", 1e-5), ("center", True), ("scale", True))

    def draw(self, rng, shapes):
        axes = len(shapes[0])
        return {"axis": rng.choice([-1, -1, axes - 1, 1]) if axes > 1 else -1, **self.flags(rng)} if axes > 1 else None

    def length(self, a, shape):
        return shape[a["axis"]]

    def compute(self, run, a, inputs, parameters):
        along = [1] * inputs[0].dim()
        along[a["axis"]] = -1
        out = self.normal(run, inputs[0], [a["axis"]], a["epsilon"])
        return run.rough(out * parameters["gamma"].reshape(along) + parameters["beta"].reshape(along))


@kind("instance_norm", 1.0)
class InstanceNorm(_Normalization):
    """InstanceNorm of the channels on axis 1."""

    title = "InstanceNorm"
    defaults = (("epsilon", 1e-5), ("center", True), ("scale", False))

    def draw(self, rng, shapes):
        return self.flags(rng) if len(shapes[0]) > 2 else None

    def length(self, a, shape):
        return shape[1]

    def compute(self, run, a, inputs, parameters):
        along = [1, -1] + [1] * (inputs[0].dim() - 2)
        out = self.normal(run, inputs[0], list(range(2, inputs[0].dim())), a["epsilon"])
        return run.rough(out * parameters["gamma"].reshape(along) + parameters["beta"].reshape(along))


@kind("group_norm", 1.0)
class GroupNorm(_Normalization):
    """GroupNorm, whose scale and shift belong to groups as in MXNet 1.9."""

    title = "GroupNorm"
    defaults = (("epsilon", 1e-5), ("center", True), ("scale", True))

    def draw(self, rng, shapes):
        shape = shapes[0]
        if len(shape) < 3:
            return None
        return {"groups": rng.choice([g for g in (1, 2, 3, shape[1]) if shape[1] % g == 0]), **self.flags(rng)}

    def length(self, a, shape):
        return a["groups"]

    def compute(self, run, a, inputs, parameters):
        x = inputs[0]
        if x.shape[1] % a["groups"]:
            raise RuntimeError("groups that do not divide the channels")
        grouped = x.reshape(x.shape[0], a["groups"], -1)
        out = self.normal(run, grouped, [-1], a["epsilon"])
        out = out * parameters["gamma"].reshape(-1, 1) + parameters["beta"].reshape(-1, 1)
        return run.rough(out.reshape(x.shape))


def _bent(run, x, below, slope):
    """x above zero and another function below."""
    run.kink(x)
    return torch.where(x > 0, x, below) if slope is None else torch.where(x > 0, x, x * slope)


@kind("activation", 3.0)
class Activation(Kind):
    """All activations without parameters."""

    def draw(self, rng, shapes):
        how = rng.choice("relu relu relu sigmoid tanh softrelu softsign leaky elu selu gelu swish".split())
        return {"how": how, "number": rng.choice([0.1, 0.25, 1.0, 1.5])}

    def text(self, a):
        how, number = a["how"], a["number"]
        names = {
            "leaky": f"LeakyReLU({number})", "elu": f"ELU({number})", "selu": "SELU()", "gelu": "GELU()",
            "swish": f"Swish({number})",
        }  # fmt: skip
        return "nn." + names.get(how, f"Activation({how!r})")

    def compute(self, run, a, inputs, parameters):
        x, how, number = inputs[0], a["how"], a["number"]
        if how == "leaky":
            return run.rough(_bent(run, x, None, number))
        if how == "elu":
            return run.rough(_bent(run, x, number * torch.expm1(torch.where(x > 0, 0.0, x)), None))
        if how == "selu":
            alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
            return run.rough(scale * _bent(run, x, alpha * torch.expm1(torch.where(x > 0, 0.0, x)), None))
        if how == "gelu":
            return run.rough(0.5 * x * (1 + torch.erf(x / math.sqrt(2))))
        if how == "swish":
            return run.rough(x * torch.sigmoid(number * x))
        return activate(run, how, x)


@kind("prelu", 0.6)
class PReLU(Kind):
    """PReLU with one slope, or one for each channel."""

    def draw(self, rng, shapes):
        return {"channels": rng.choice([1, shapes[0][1]])} if len(shapes[0]) > 1 else None

    def text(self, a):
        return f"nn.PReLU(in_channels={a['channels']})" if a["channels"] > 1 else "nn.PReLU()"

    def parameters(self, a, shapes):
        return {"alpha": ((a["channels"],), "alpha")}

    def compute(self, run, a, inputs, parameters):
        x, alpha = inputs[0], parameters["alpha"]
        return run.rough(_bent(run, x, None, alpha.reshape([1, -1] + [1] * (x.dim() - 2)) if len(alpha) > 1 else alpha))


@kind("dropout", 0.5)
class Dropout(Kind):
    """Dropout; what it lets through is told to the reference."""

    shareable = False

    def draw(self, rng, shapes):
        return {"rate": rng.choice([0.5, 0.2, 0.0])}

    def text(self, a):
        return f"nn.Dropout({a['rate']})"

    def compute(self, run, a, inputs, parameters):
        if not run.training or a["rate"] == 0:
            return inputs[0]
        return run.rough(inputs[0] * run.masks.pop(0))


@kind("flatten", 0.5)
class Flatten(Kind):
    """Flatten."""

    def draw(self, rng, shapes):
        return {} if len(shapes[0]) > 1 else None

    def text(self, a):
        return "nn.Flatten()"

    def compute(self, run, a, inputs, parameters):
        return inputs[0].flatten(1)


@kind("embedding", 0.0)
class Embedding(Kind):
    """Embedding, which only a network of indices begins with."""

    def draw(self, rng, shapes):
        return {"inputs": 7, "outputs": rng.choice([1, 3, 4, 8])}

    def text(self, a):
        return f"nn.Embedding({a['inputs']}, {a['outputs']})"

    def parameters(self, a, shapes):
        return {"weight": ((a["inputs"], a["outputs"]), "vectors")}

    def compute(self, run, a, inputs, parameters):
        return F.embedding(inputs[0].detach().long(), parameters["weight"])
