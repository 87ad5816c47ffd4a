"""Heads of detectors: boxes that better ones cover go, by operations that ``torch.export`` can follow."""

from __future__ import annotations

from mxnet.ops.registry import rule

from ..steps import At, Tuple

__all__: list[str] = []


@rule("source", "_contrib_MultiBoxDetection")
def _multibox_detection(at: At) -> str:
    attributes = {name: value for name, value in at.attributes.items() if name != "background_id"}
    return at.call_of("multibox_detection", *at.inputs, **attributes)


@rule("source", "_contrib_box_nms")
def _box_nms(at: At) -> str:
    if at.attributes["topk"] == 0:
        return at.data
    return at.call_of("box_nms", at.data, **at.attributes)


@rule("source", "_contrib_Proposal", "_contrib_MultiProposal")
def _proposal(at: At) -> str:
    attributes = dict(at.attributes)
    shows_scores = attributes.pop("output_score")
    text = at.call_of("proposal", *at.inputs, **attributes)
    return Tuple(text) if shows_scores else f"{text}[0]"


@rule("source", "_contrib_ROIAlign")
def _roi_align(at: At) -> str:
    return at.call_of("roi_align", *at.inputs, **at.attributes)
