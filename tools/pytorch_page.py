"""Write docs/as-pytorch.md: ResNet-18 of the model zoo, as the program for PyTorch that it becomes.

python tools/pytorch_page.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "as-pytorch.md"

HEAD = """# A network as a program for PyTorch

<!-- made by `make coverage` from the code; edits are lost -->

A graph of MXNet (an exported block, a symbol file with its parameters) can leave as a program: PyTorch source that
needs torch and safetensors alone, with its weights in a file beside it. Layers are torch's modules where these
compute exactly the same, other operators are torch's functions, and where torch has neither, the program has a
small function of its own. What a network has several times becomes a class, and blocks in a row whose names share a
scope a stage. It trains: labels of losses such as `SoftmaxOutput` are arguments that a prediction leaves out, and a
backward then starts from the loss's own gradient.
`remxnet convert` writes it once both sides agree: predictions to 1e-4, and as in training outputs and the gradients
of all parameters to 1e-9, in double precision.

This is ResNet-18 of the model zoo as it comes out:

```python
"""

TAIL = """```

## What is not the same

- Running variances of batch norms move by the unbiased variance of a batch, as PyTorch has it; MXNet takes the
  biased one.
- Random numbers (dropout, `random.uniform`) are of the same distributions and are others.
- At a tie, the gradient of `maximum`, `max` and `min` is shared by torch; MXNet gives all of it to one side, or to
  every element that is the largest. Equal elements keep their order in `sort`, `argsort` and `topk`, where MXNet's
  order is that of its sorting.
- A shape that stands in the graph as a number stands in the program as a number. What the graph says relative to
  its input (0, -1 to -4 in `Reshape`) the program says relative to its input, so that a batch of another length is
  right.
- A `.pt2` holds what does not depend on elements: detection (`MultiBoxDetection`, `box_nms`, `Proposal`,
  `ROIAlign`) is in it, a choice or a loop of a graph is not; [Conversions](conversions.md) names all.
- Steps of optimizers, augmentations and reading of images, and operators that are Python code of a program of
  yours, have no place in a network: the conversion names them, all at once, with the reason.

From Python: `remxnet.convert.source.written(graph, class_name, weights_name)` gives text and tensors of a graph
that `mxnet.symbol.typed.typed` has typed, `remxnet.convert.program.exported(graph, dynamic=True)` the program of
`torch.export`.
"""


def page() -> str:
    """Return the page."""
    sys.path.insert(0, str(ROOT / "src"))
    import mxnet as mx
    from mxnet.gluon.model_zoo import vision
    from mxnet.symbol.typed import typed
    from remxnet.convert import source

    shape = (1, 3, 224, 224)
    with mx.name.NameManager():
        symbol = vision.resnet18_v1(prefix="resnetv10_")(mx.sym.var("data"))
    arguments, _, states = symbol.infer_shape(data=shape)
    names = [*zip(symbol.list_arguments(), arguments), *zip(symbol.list_auxiliary_states(), states)]
    parameters = {name: mx.nd.zeros(length) for name, length in names if name != "data"}
    made = source.written(typed(symbol, parameters, {"data": shape}), "ResNet18", "resnet18.safetensors", "resnet18_v1")
    return HEAD + made.text + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
