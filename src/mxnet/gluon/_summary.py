"""The table that ``Block.summary`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ndarray import NDArray

if TYPE_CHECKING:
    from .block import Block
    from .parameter import Parameter

__all__ = ["summary"]

_ROW = "{:>20}  {:>42} {:>15}"
_WIDTH = 80


def shapes_text(arguments: Any) -> str:
    """The shapes of arguments or outputs; what is no array is shown as it is."""

    def one(item: Any) -> str:
        if isinstance(item, NDArray):
            return str(item.shape)
        if isinstance(item, (list, tuple)):
            return "[" + ", ".join(map(one, item)) + "]"
        return str(item)

    return ", ".join(map(one, arguments)) if isinstance(arguments, (list, tuple)) else one(arguments)


class _Table:
    """Collects a row for every call of a block."""

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        self.rows: list[tuple[str, str, int]] = [("Input", shapes_text(inputs), 0)]
        self.total = self.trainable = self.shared = 0
        self._seen: set[Parameter] = set()
        self._handles: list[Any] = []
        self._traced_first: set[Block] = set()

    def watch(self, block: Block) -> None:
        """Have a block's calls noted."""
        from .block import HybridBlock
        from .nn import Activation, HybridSequential, Sequential

        if isinstance(block, HybridBlock) and block._active and not block._born_a_graph:
            raise AssertionError(f"summary: {block.name!r} is hybridized; make the summary before calling hybridize()")
        if isinstance(block, (Sequential, HybridSequential)):
            return
        self._handles.append(block.register_forward_hook(self._note))
        if any(parameter._data is None and parameter._deferred_init for parameter in block._reg_params.values()):
            # MXNet finds the shapes of such a block by tracing it, and its hooks see the children being traced
            self._traced_first |= {child for child in block._children.values() if isinstance(child, Activation)}

    def _note(self, block: Block, inputs: Any, outputs: Any) -> None:
        if block in self._traced_first:
            self._traced_first.remove(block)
            self._row(block, f"<Symbol {block.prefix}fwd>", 0)
        count = 0
        for parameter in block.params.values():
            size = parameter.data().size
            count += size
            if parameter.grad_req != "null":
                self.trainable += size
            if parameter in self._seen:
                self.shared += size
            self._seen.add(parameter)
        self.total += count
        self._row(block, shapes_text(outputs), count)

    def _row(self, block: Block, shapes: str, count: int) -> None:
        self.rows.append((f"{type(block).__name__}-{len(self.rows)}", shapes, count))

    def stop(self) -> None:
        """Take all hooks off again."""
        for handle in self._handles:
            handle.detach()

    def __str__(self) -> str:
        return "\n".join(
            [
                "-" * _WIDTH,
                _ROW.format("Layer (type)", "Output Shape", "Param #"),
                "=" * _WIDTH,
                *(_ROW.format(*row) for row in self.rows),
                "=" * _WIDTH,
                "Parameters in forward computation graph, duplicate included",
                f"   Total params: {self.total}",
                f"   Trainable params: {self.trainable}",
                f"   Non-trainable params: {self.total - self.trainable}",
                f"Shared params in forward computation graph: {self.shared}",
                f"Unique parameters in model: {self.total - self.shared}",
                "-" * _WIDTH,
            ]
        )


def summary(block: Block, inputs: tuple[Any, ...]) -> None:
    """Run `block` on `inputs` and print its layers, the shapes of their outputs and how many parameters they have."""
    table = _Table(inputs)
    try:
        block.apply(table.watch)
        block(*inputs)
    finally:
        table.stop()
    print(table)
