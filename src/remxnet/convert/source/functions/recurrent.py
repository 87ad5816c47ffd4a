"""Results of recurrent layers as MXNet has them."""

import torch


def with_states(result: tuple) -> tuple[torch.Tensor, ...]:
    """The outputs of an LSTM, its last states and cells, one after the other."""
    output, states = result
    return (output, *states)
