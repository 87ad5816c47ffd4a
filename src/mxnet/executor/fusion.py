"""The passes that put several steps of a program into one, in the order they are made.

Each pass looks for a pattern in which every value in between has one reader, by the roles of the steps
(:func:`mxnet.ops.registry.operator`), and puts a step of its own in the place of the last. The functions of those steps
are in :mod:`.fused`, which of them serves is for :mod:`.choices` to say; what a fused step computes is what its nodes
compute one by one, within rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from ..kernels import Convolve
from ..ops.nn.rnn import part_shapes
from ..spans import plain
from . import fused
from .choices import Chooser
from .rewriting import Rewriter
from .steps import Choice, Program, Step

__all__ = ["PASSES", "Pass", "apply"]

#: roles whose results nothing else holds and no gradient needs: an activation may be computed in their place
_OVERWRITABLE = ("convolution", "deconvolution", "dense", "normalization", "addition")


class Pass(NamedTuple):
    """One rewriting of a program.

    Attributes
    ----------
    name : what it is called
    when : callable(training, recording) -> whether it is made in this mode
    rewrite : callable(rewriter, chooser)
    """

    name: str
    when: Callable[[bool, bool], bool]
    rewrite: Callable[[Rewriter, Chooser], None]


def apply(program: Program, training: bool, recording: bool, chooser: Chooser) -> None:
    """Fuse what is worth fusing.

    Parameters
    ----------
    program : Program
        changed in place
    training : bool
        whether batch norm takes the batch's statistics
    recording : bool
        whether gradients may be asked for; without, batch norms are folded into convolutions and weights packed
    chooser : Chooser
        what says by what a step is computed
    """
    rewriter = Rewriter(program)
    for each in PASSES:
        if each.when(training, recording):
            each.rewrite(rewriter, chooser)
    rewriter.close()


# --- what passes have in common -------------------------------------------------------------------------------------


def _merged(
    steps: Sequence[Step],
    function: Callable[..., Any],
    inputs: Sequence[int | None],
    label: str | None = None,
    choice: Choice | None = None,
) -> Step:
    """One step for several in a row; states are those of the first that has some."""
    with_states = next((step for step in steps if step.state_count), steps[0])
    return Step(
        tuple(name for step in steps for name in step.nodes),
        label or "+".join(_shown(step) for step in steps),
        steps[0].spec, steps[0].attributes, function, inputs, steps[-1].outputs, with_states.states,
        with_states.state_count, choice=choice, captured=all(step.captured for step in steps),
    )  # fmt: skip


def _shown(step: Step) -> str:
    """What a step is called in a label: an activation by its kind."""
    return step.attributes.get("act_type", step.label) if len(step.nodes) == 1 else step.label


def _activation(step: Step) -> str | None:
    """relu, sigmoid or tanh, where a step is that."""
    if step.spec.stage is None or len(step.spec.inputs) != 1 or len(step.nodes) != 1:
        return None
    stage = step.spec.stage(step.all_attributes())
    return stage if isinstance(stage, str) else None


def _added(step: Step, rewriter: Rewriter) -> tuple[Step | None, int | None]:
    """The addition that is all a step's result is for, and the other array in it, if both arrays have its shape."""
    following = rewriter.only_reader(step)
    if following is None or following.role != "addition":
        return None, None
    other = following.inputs[1] if following.inputs[0] == step.outputs[0] else following.inputs[0]
    shape = rewriter.shape(other)
    if shape is None or shape != rewriter.shape(step.outputs[0]):
        return None, None
    return following, other


# --- batch norm by running statistics as part of the convolution before it ------------------------------------------


def _fold_batch_norms(rewriter: Rewriter, chooser: Chooser) -> None:
    """One step makes the weights of the convolution and the norm together."""
    program = rewriter.program
    variables = set(program.variables.values())
    for convolution in rewriter.steps():
        norm = rewriter.only_reader(convolution) if convolution.role == "convolution" else None
        if norm is None or norm.role != "normalization" or norm.inputs[0] != convolution.outputs[0]:
            continue
        of_norm, of_convolution = norm.all_attributes(), convolution.all_attributes()
        weights = [*convolution.inputs[1:], *norm.inputs[1:]]
        dtypes = {program.dtypes[place] for place in weights if place in program.dtypes}
        if (
            of_norm["output_mean_var"] or of_norm["axis"] != 1 or of_convolution["layout"] not in (None, "NCHW", "NCW")
            or not variables.issuperset(place for place in weights if place is not None)
            or not (dtypes <= {torch.float32} or dtypes <= {torch.float64})
        ):  # fmt: skip
            continue
        weight, bias = program.size, program.size + 1
        program.size += 2
        program.dtypes[weight] = program.dtypes[bias] = next(iter(dtypes))
        shape = rewriter.shape(convolution.inputs[1])
        if shape is not None:
            program.shapes[weight], program.shapes[bias] = shape, shape[:1]
        fold = fused.Fold(eps=of_norm["eps"], fix_gamma=of_norm["fix_gamma"])
        making = Step(
            norm.nodes, f"folded {norm.label}", norm.spec, {}, fold, weights, (weight, bias), captured=norm.captured
        )
        attributes = {**of_convolution, "no_bias": False}
        whole = Step(
            convolution.nodes, convolution.label, convolution.spec, attributes,
            fused.bound(plain(convolution.spec.function), attributes), (convolution.inputs[0], weight, bias),
            norm.outputs, role=convolution.role, captured=convolution.captured,
        )  # fmt: skip
        rewriter.replace([convolution, norm], [making, whole])


# --- convolution, activation and pooling on the kernels -------------------------------------------------------------


def _chains(rewriter: Rewriter, chooser: Chooser) -> None:
    """Convolutions with the activations, poolings and convolutions after them that the kernels take in one pass."""
    seen: set[Step] = set()
    for begin in rewriter.steps():
        if begin in seen or begin.role != "convolution":
            continue
        stages, owners = _longest_chain(begin, rewriter, chooser)
        seen.update(step for steps in owners for step in steps)
        shape = rewriter.shape(begin.inputs[0])
        for choice, first, end in chooser.chain(stages, shape) if shape and stages else ():
            steps = [step for owner in owners[first:end] for step in owner]
            if choice.by != "chain":
                for step in steps:
                    if step.role == "convolution":
                        step.choice = choice
                continue
            inputs: list[int | None] = [steps[0].inputs[0]]
            for stage, owner in zip(stages[first:end], owners[first:end]):
                if isinstance(stage, Convolve):
                    inputs += [owner[0].inputs[1], owner[0].inputs[2] if stage.bias else None]
            chain = _merged(steps, fused.Chain(tuple(stages[first:end])), inputs, choice=choice)
            rewriter.replace(steps, [chain])


def _longest_chain(begin: Step, rewriter: Rewriter, chooser: Chooser) -> tuple[list[Any], list[list[Step]]]:
    """All stages from a convolution on that a chain can hold, and the steps each of them stands for."""
    stages: list[Any] = []
    owners: list[list[Step]] = []
    dtypes = rewriter.program.dtypes
    step: Step | None = begin
    while step is not None:
        shape = rewriter.shape(step.inputs[0])
        if step.spec.stage is None or shape is None or len(shape) != 4 or len(step.nodes) != 1:
            break
        stage = step.spec.stage(step.all_attributes())
        if isinstance(stage, str):
            last = stages[-1] if stages else None
            if not isinstance(last, Convolve) or last.activation is not None:
                break
            stages[-1] = last._replace(activation=stage)
            owners[-1].append(step)
        else:
            single = all(
                dtypes.get(place, torch.float32) is torch.float32 for place in step.inputs if place is not None
            )
            if stage is None or not single or not chooser.may_join(stage, shape):
                break
            stages.append(stage)
            owners.append([step])
        following = rewriter.only_reader(step)
        step = following if following is not None and following.inputs[0] == step.outputs[0] else None
    return stages, owners


# --- convolutions with packed weights -------------------------------------------------------------------------------


def _packed_convolutions(rewriter: Rewriter, chooser: Chooser) -> None:
    """Convolutions outside a recording, with weights packed once, and with the addition and relu after them."""
    for convolution in rewriter.steps():
        if convolution.role != "convolution":
            continue
        attributes, shape = convolution.all_attributes(), rewriter.shape(convolution.inputs[0])
        choice = chooser.packed(attributes, shape, rewriter.program.dtypes.get(convolution.inputs[1]))  # type: ignore[arg-type]
        if choice.by != "packed weights":
            convolution.choice = convolution.choice or choice
            continue
        steps, inputs = [convolution], list(convolution.inputs)
        addition, other = _added(convolution, rewriter)
        if addition is not None:
            steps.append(addition)
        following = rewriter.only_reader(steps[-1])
        relu = following is not None and _activation(following) == "relu"
        if relu:
            steps.append(following)  # type: ignore[arg-type]
        inputs += [None] * (3 - len(inputs))
        function = fused.PackedConvolution(attributes, shape, relu=relu)  # type: ignore[arg-type]
        rewriter.replace(steps, [_merged(steps, function, [*inputs, other], choice=choice)])


# --- batch norm by the batch's statistics with the addition and the relu after it -----------------------------------


def _batch_norms_with_what_follows(rewriter: Rewriter, chooser: Chooser) -> None:
    """One call that reads each array twice."""
    for norm in rewriter.steps():
        if norm.role != "normalization":
            continue
        attributes, shape = norm.all_attributes(), rewriter.shape(norm.inputs[0])
        if attributes["output_mean_var"] or attributes["use_global_stats"] or attributes["axis"] != 1 or shape is None:
            continue
        steps, inputs = [norm], [*norm.inputs, None]
        addition, other = _added(norm, rewriter)
        if addition is not None:
            steps.append(addition)
            inputs[-1] = other
        following = rewriter.only_reader(steps[-1])
        relu = following is not None and _activation(following) == "relu"
        if relu:
            steps.append(following)  # type: ignore[arg-type]
        choice = norm.choice = chooser.norm(shape, len(steps))
        if choice.by == "torch":
            continue
        kept = {name: attributes[name] for name in ("eps", "fix_gamma")}
        function = fused.bound(fused.batch_norm, {**kept, "relu": relu})
        rewriter.replace(steps, [_merged(steps, function, inputs, choice=choice)])


# --- recurrent layers whose parameters a graph puts together ---------------------------------------------------------


def _recurrences(rewriter: Rewriter, chooser: Chooser) -> None:
    """Weights and biases as they are, in the place of one vector that is made of them, and whose gradient is cut."""
    for layers in rewriter.steps():
        if layers.role != "recurrence":
            continue
        joining, data = rewriter.maker(layers.inputs[1]), rewriter.shape(layers.inputs[0])
        if joining is None or joining.role != "joining" or rewriter.only_reader(joining) is not layers or data is None:
            continue
        flat = [rewriter.maker(place) for place in joining.inputs]
        if any(step is None or step.role != "reshaping" or rewriter.only_reader(step) is not joining for step in flat):
            continue
        steps = [step for step in flat if step is not None]
        parts = [step.inputs[0] for step in steps]
        wanted = part_shapes(layers.all_attributes(), data[2])
        if [rewriter.shape(place) for place in parts] != wanted:
            continue
        others = layers.inputs[2:]
        whole = Step(
            layers.nodes, layers.label, layers.spec, layers.attributes,
            fused.Recurrence(layers.function, len(others)), (layers.inputs[0], *others, *parts), layers.outputs,
            asks=layers.asks, captured=layers.captured,
        )  # fmt: skip
        rewriter.replace([*steps, joining, layers], [whole])


# --- the rest -------------------------------------------------------------------------------------------------------

_CROSS_ENTROPY = ("log_probabilities", "picking", "scaling", "averaging")


def _cross_entropies(rewriter: Rewriter, chooser: Chooser) -> None:
    """The softmax loss as Gluon writes it: log_softmax, pick, times -1, mean over all but the batch axis."""
    for start in rewriter.steps():
        steps: list[Step] = []
        step: Step | None = start
        for role in _CROSS_ENTROPY:
            if step is None or step.role != role:
                break
            steps.append(step)
            step = rewriter.only_reader(step)
        if len(steps) < len(_CROSS_ENTROPY):
            continue
        softmax, pick, negative, mean = (step.all_attributes() for step in steps)
        scores, labels = rewriter.shape(start.inputs[0]), rewriter.shape(steps[1].inputs[1])
        if (
            scores is not None and len(scores) == 2 and labels == scores[:1]
            and softmax["axis"] in (-1, 1) and softmax["temperature"] in (None, 1.0) and softmax["dtype"] is None
            and steps[1].inputs[0] == start.outputs[0]
            and pick["axis"] in (-1, 1) and pick["keepdims"] and pick["mode"] == "clip" and negative["scalar"] == -1
            and mean["axis"] in (0, (0,)) and mean["exclude"] and not mean["keepdims"]
        ):  # fmt: skip
            inputs = [start.inputs[0], steps[1].inputs[1]]
            rewriter.replace(steps, [_merged(steps, fused.cross_entropy, inputs, "cross entropy")])


def _activations_in_place(rewriter: Rewriter, chooser: Chooser) -> None:
    """relu, sigmoid and tanh computed in the memory of what they are applied to."""
    for step in rewriter.steps():
        activation = _activation(step)
        before = rewriter.maker(step.inputs[0]) if activation else None
        if before is None or before.role not in _OVERWRITABLE or rewriter.only_reader(before) is not step:
            continue
        function = fused.Activated(before.function, activation, step.function)  # type: ignore[arg-type]
        merged = _merged([before, step], function, before.inputs, choice=before.choice)
        rewriter.replace([before, step], [merged])


def _predicting(training: bool, recording: bool) -> bool:
    return not training and not recording


#: all passes, in order
PASSES: tuple[Pass, ...] = (
    Pass("batch norms folded", _predicting, _fold_batch_norms),
    Pass("chains", lambda training, recording: True, _chains),
    Pass("packed convolutions", lambda training, recording: not recording, _packed_convolutions),
    Pass("batch norm, addition, relu", lambda training, recording: training, _batch_norms_with_what_follows),
    Pass("recurrent layers", lambda training, recording: True, _recurrences),
    Pass("cross entropy", lambda training, recording: True, _cross_entropies),
    Pass("activations in place", lambda training, recording: True, _activations_in_place),
)
