"""Networks over integers of 8 bits.

A network is made over by a pass over its graph; the ranges of its values are found by running it on examples, which is
called calibration. Sums over 8 bits are exact here, where MXNet adds in 16 on processors without the instructions for
more. What is gained is the size of the parameters of fully connected layers; PyTorch has no quicker convolutions of
such integers, so a network over them is slower than the one over floats.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from ... import ndarray as nd
from ... import symbol as sym_module
from ...context import Context, cpu
from ...gluon import HybridBlock, SymbolBlock
from ...io import DataIter
from ...ndarray import NDArray
from ...symbol import Symbol
from ._calibration import (
    _as_data_iter,
    _get_optimal_thresholds,
    _LayerHistogramCollector,
    _LayerOutputMinMaxCollector,
    collected,
    combine_histogram,
)
from ._calibration import _DataIterWrapper as _DataIterWrapper
from ._calibration import _get_optimal_threshold as _get_optimal_threshold
from ._graph import calibrated, quantized_graph, quantized_parameters

__all__ = [
    "calib_graph", "combine_histogram", "quantize_graph", "quantize_model", "quantize_model_mkldnn", "quantize_net",
    "quantize_net_v2",
]  # fmt: skip

_FUSING = "MKLDNN_QUANTIZE"
_DTYPES = ("int8", "uint8", "auto")
_MODES = ("none", "naive", "entropy")
Parameters = dict[str, NDArray]


def _list_of_names(argument: str, value: Any, what: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{argument} is of type {type(value)}; expected a list of names of {what}")
    return value


def _checked(ctx: Any, dtype: str, granularity: str, names: Any, operators: Any) -> tuple[list[str], list[str]]:
    """The names of nodes and operators that stay as they are, after all arguments were looked at."""
    excluded = _list_of_names("excluded_sym_names", names, "symbols")
    excluded_ops = _list_of_names("excluded_op_names", operators, "operators")
    if not isinstance(ctx, Context):
        raise ValueError(f"ctx={ctx!r}; expected one context")
    if dtype not in _DTYPES:
        raise ValueError(f"quantized_dtype={dtype!r}; expected 'int8', 'uint8' or 'auto'")
    if granularity not in ("tensor-wise", "channel-wise"):
        raise ValueError(f"quantize_granularity={granularity!r}; expected 'tensor-wise' or 'channel-wise'")
    return excluded, excluded_ops


def _collector(mode: str | None, dtype: str, layers: list[str], own: Any, logger: Any) -> Any:
    """The collector of a mode, None for 'none'."""
    if mode is None or mode == "none":
        return None
    if mode == "entropy":
        return _LayerHistogramCollector(include_layer=layers, logger=logger)
    if mode == "naive":
        return _LayerOutputMinMaxCollector(dtype, include_layer=layers, logger=logger)
    if mode == "customize" and own is not None:
        own.include_layer = layers
        return own
    raise ValueError(
        f"calib_mode={mode!r}; expected 'none', 'naive', 'entropy', or 'customize' with a LayerOutputCollector"
    )


def _ranges(collector: Any, mode: str, dtype: str, logger: Any) -> dict[str, tuple[float, float]]:
    if mode == "entropy":
        return _get_optimal_thresholds(collector.hist_dict, dtype, logger=logger)
    if mode == "naive":
        return dict(collector.min_max_dict)
    if mode == "customize":
        return dict(collector.min_max_dict)
    raise ValueError(f"calib_mode={mode!r}; expected 'naive', 'entropy' or 'customize'")


def quantize_graph(
    sym: Symbol,
    arg_params: Parameters,
    aux_params: Parameters,
    ctx: Context = cpu(),  # noqa: B008 - MXNet's default
    excluded_sym_names: Sequence[str] | None = None,
    excluded_op_names: Sequence[str] | None = None,
    calib_mode: str | None = "entropy",
    quantized_dtype: str = "int8",
    quantize_mode: str = "full",
    quantize_granularity: str = "tensor-wise",
    LayerOutputCollector: Any = None,
    logger: Any = None,
) -> tuple[Symbol, Parameters, Parameters, Any]:
    """A graph over integers of 8 bits that is not calibrated yet, and what collects statistics for that.

    Parameters
    ----------
    sym : Symbol
        the graph over floats
    arg_params, aux_params : dict of str to NDArray
        its parameters and states
    ctx : Context
        where to compute
    excluded_sym_names, excluded_op_names : list of str, optional
        nodes and operators that stay over floats
    calib_mode : str
        'none', 'naive' (the least and the greatest element), 'entropy' (the range that loses least) or 'customize'
    quantized_dtype : str
        'int8', 'uint8', or 'auto': uint8 where the range has nothing below 0
    quantize_mode : str
        'full': all that can be; 'smart': convolutions and fully connected layers, and others only on the way between
    quantize_granularity : str
        'tensor-wise', or 'channel-wise': fused fully connected layers get steps for each row
    LayerOutputCollector : object, optional
        with ``collect(name, array)``, ``include_layer`` (set here) and, after it, ``min_max_dict``
    logger : logging.Logger, optional
        told of each value

    Returns
    -------
    Symbol, dict, dict, collector
        the last None for 'none'; its ``collect`` may be an executor's monitor callback. Then :func:`calib_graph`

    Raises
    ------
    ValueError
        an argument that does not fit
    MXNetError
        another quantize_mode
    """
    excluded, excluded_ops = _checked(ctx, quantized_dtype, quantize_granularity, excluded_sym_names, excluded_op_names)
    result, layers = quantized_graph(
        sym, excluded, excluded_ops, set(arg_params), quantized_dtype, quantize_mode,
        quantize_granularity == "channel-wise",
    )  # fmt: skip
    collector = _collector(calib_mode, quantized_dtype, layers, LayerOutputCollector, logger)
    return result, quantized_parameters(result, arg_params), aux_params, collector


def calib_graph(
    qsym: Symbol,
    arg_params: Parameters,
    aux_params: Parameters,
    collector: Any,
    calib_mode: str = "entropy",
    quantized_dtype: str = "int8",
    logger: Any = logging,
) -> tuple[Symbol, Parameters, Parameters]:
    """The graph of :func:`quantize_graph`, told the ranges that its collector saw.

    Raises
    ------
    ValueError
        another calib_mode than 'naive', 'entropy' and 'customize'
    """
    ranges = _ranges(collector, calib_mode, quantized_dtype, logger)
    result = calibrated(qsym, ranges)
    return result, quantized_parameters(result, arg_params), aux_params


def _examples(calib_data: Any, mode: str, kind: Any) -> Any:
    if calib_data is None:
        raise ValueError(f"calib_data is not given; expected data for calib_mode={mode!r}")
    if kind is not None and not isinstance(calib_data, kind):
        raise ValueError(f"calib_data is of type {type(calib_data)}; expected a DataIter for calib_mode={mode!r}")
    return calib_data


def quantize_model(
    sym: Symbol | str,
    arg_params: Parameters,
    aux_params: Parameters,
    data_names: Sequence[str] = ("data",),
    label_names: Sequence[str] | None = ("softmax_label",),
    ctx: Context = cpu(),  # noqa: B008 - MXNet's default
    excluded_sym_names: Sequence[str] | None = None,
    excluded_op_names: Sequence[str] | None = None,
    calib_mode: str | None = "entropy",
    calib_data: Any = None,
    num_calib_examples: int | None = None,
    quantized_dtype: str = "int8",
    quantize_mode: str = "smart",
    quantize_granularity: str = "tensor-wise",
    logger: Any = None,
) -> tuple[Symbol, Parameters, Parameters]:
    """A network over integers of 8 bits, of one over floats.

    Parameters
    ----------
    sym : Symbol or str
        the graph, or its file
    arg_params, aux_params : dict of str to NDArray
        its parameters and states
    data_names : sequence of str
        the variables that a batch's arrays are
    label_names : sequence of str, optional
        taken for MXNet's sake: labels are not needed
    calib_data : DataIter, optional
        the examples
    num_calib_examples : int, optional
        how many of them; all by default
    ctx, excluded_sym_names, excluded_op_names, calib_mode, quantized_dtype, quantize_mode, quantize_granularity, logger
        as in :func:`quantize_graph`

    Returns
    -------
    Symbol, dict, dict
        the graph, its parameters, and the states as they were given

    Raises
    ------
    ValueError
        an argument that does not fit, or data missing

    Examples
    --------
    >>> x = mx.sym.Variable('data')
    >>> net = mx.sym.FullyConnected(x, num_hidden=2, no_bias=True, name='fc')
    >>> weight = {'fc_weight': mx.nd.array([[1, 2, 3], [4, 5, 6]])}
    >>> data = mx.io.NDArrayIter(mx.nd.array([[1, 0, 0], [0, 1, 1]]), batch_size=2)
    >>> made, params, _ = mx.contrib.quantization.quantize_model(
    ...     net, weight, {}, label_names=None, calib_mode='naive', calib_data=data)
    >>> made.name, sorted(params)
    ('fc_dequantize', ['fc_weight_quantize', 'fc_weight_quantize_max', 'fc_weight_quantize_min'])
    >>> params['fc_weight_quantize'].asnumpy().tolist()
    [[21, 42, 64], [85, 106, 127]]
    """
    graph = sym_module.load(sym) if isinstance(sym, str) else sym
    if calib_mode not in (None, *_MODES):
        raise ValueError(f"calib_mode={calib_mode!r}; expected 'none', 'naive' or 'entropy'")
    result, parameters, states, collector = quantize_graph(
        graph, arg_params, aux_params, ctx, excluded_sym_names, excluded_op_names, calib_mode, quantized_dtype,
        quantize_mode, quantize_granularity, logger=logger,
    )  # fmt: skip
    if collector is None or calib_mode is None:
        return result, parameters, states
    data = _examples(calib_data, calib_mode, DataIter)
    collected(graph, {**arg_params, **aux_params}, collector, data_names, data, ctx, num_calib_examples, logger)
    return calib_graph(result, arg_params, states, collector, calib_mode, quantized_dtype, logger)


def quantize_model_mkldnn(
    sym: Symbol | str,
    arg_params: Parameters,
    aux_params: Parameters,
    data_names: Sequence[str] = ("data",),
    label_names: Sequence[str] | None = ("softmax_label",),
    ctx: Context = cpu(),  # noqa: B008 - MXNet's default
    excluded_sym_names: Sequence[str] | None = None,
    excluded_op_names: Sequence[str] | None = None,
    calib_mode: str | None = "entropy",
    calib_data: Any = None,
    num_calib_examples: int | None = None,
    quantized_dtype: str = "int8",
    quantize_mode: str = "smart",
    quantize_granularity: str = "tensor-wise",
    logger: Any = None,
) -> tuple[Symbol, Parameters, Parameters]:
    """:func:`quantize_model` of the graph with its layers fused, which then bring their results to 8 bits themselves.

    Raises
    ------
    ValueError
        as there, and for another context than a processor
    """
    if not isinstance(ctx, Context):
        raise ValueError(f"ctx={ctx!r}; expected one context")
    if ctx.device_type != "cpu":
        raise ValueError(f"quantize_model_mkldnn: ctx={ctx}; expected a processor, cpu()")
    graph = sym_module.load(sym) if isinstance(sym, str) else sym
    result, parameters, states = quantize_model(
        graph.get_backend_symbol(_FUSING), arg_params, aux_params, data_names, label_names, ctx, excluded_sym_names,
        excluded_op_names, calib_mode, calib_data, num_calib_examples, quantized_dtype, quantize_mode,
        quantize_granularity, logger,
    )  # fmt: skip
    return result.get_backend_symbol(_FUSING), parameters, states


def quantize_net_v2(
    network: HybridBlock,
    quantized_dtype: str = "auto",
    quantize_mode: str = "full",
    quantize_granularity: str = "tensor-wise",
    exclude_layers: Sequence[str] | None = None,
    exclude_layers_match: Sequence[str] | None = None,
    exclude_operators: Sequence[str] | None = None,
    calib_data: Any = None,
    data_shapes: Any = None,
    calib_mode: str = "none",
    num_calib_examples: int | None = None,
    ctx: Context = cpu(),  # noqa: B008 - MXNet's default
    LayerOutputCollector: Any = None,
    logger: Any = None,
) -> SymbolBlock:
    """A Gluon network over integers of 8 bits, of one over floats.

    Parameters
    ----------
    network : HybridBlock
        the network, with its parameters
    exclude_layers : list of str, optional
        nodes of its graph that stay over floats
    exclude_layers_match : list of str, optional
        so do those with one of these in their names
    exclude_operators : list of str, optional
        and those of these operators
    calib_data : DataLoader or DataIter, optional
        examples; the last array of a loader's batch is the label
    data_shapes : list of DataDesc or of tuple, optional
        the shapes of the inputs; by default those of calib_data
    num_calib_examples : int, optional
        how many examples; all by default
    quantized_dtype, quantize_mode, quantize_granularity, calib_mode, ctx, LayerOutputCollector, logger
        as in :func:`quantize_graph`

    Returns
    -------
    SymbolBlock
        it predicts, and its ``export`` writes it

    Raises
    ------
    ValueError
        an argument that does not fit, or data missing

    Examples
    --------
    >>> net = mx.gluon.nn.Dense(2, in_units=3)
    >>> net.initialize(mx.init.One())
    >>> x = mx.nd.array([[1, 2, 3]])
    >>> data = mx.io.NDArrayIter(x, batch_size=1)
    >>> made = mx.contrib.quantization.quantize_net_v2(net, calib_mode='naive', calib_data=data)
    >>> print(made(x).asnumpy().round(1))
    [[6. 6.]]
    """
    if not isinstance(ctx, Context):
        raise ValueError(f"ctx={ctx!r}; expected one context")
    data, shapes = None, data_shapes
    if calib_data is not None:
        data, told = _as_data_iter(calib_data)
        shapes = told if shapes is None else shapes
    if shapes is None:
        raise ValueError("data_shapes is not given; expected the shapes of the inputs, or calib_data")
    if calib_mode not in ("none", None):
        data, _ = _as_data_iter(_examples(calib_data, calib_mode, None)) if data is None else (data, None)
    names = ["data"] if len(shapes) == 1 else [f"data{place}" for place in range(len(shapes))]
    examples = [nd.zeros(getattr(each, "shape", each), ctx=ctx) for each in shapes]
    network(*examples)  # parameters whose shapes were not known yet have them now
    variables = [sym_module.var(name) for name in names]
    graph = network(*variables)
    graph = sym_module.Group(list(graph)) if isinstance(graph, (list, tuple)) else graph
    values = {name: each.data(ctx) for name, each in network.collect_params().items()}
    excluded = list(_list_of_names("exclude_layers", exclude_layers, "symbols"))
    for word in _list_of_names("exclude_layers_match", exclude_layers_match, "symbols"):
        excluded += [name for each in graph.get_internals() if word in (name := each.name or "")]
    if ctx.device_type == "cpu":
        graph = graph.get_backend_symbol(_FUSING)
    states = {name: values[name] for name in graph.list_auxiliary_states()}
    parameters = {name: values[name] for name in graph.list_arguments() if name in values}
    result, arguments, states, collector = quantize_graph(
        graph, parameters, states, ctx, excluded, exclude_operators, calib_mode, quantized_dtype, quantize_mode,
        quantize_granularity, LayerOutputCollector, logger,
    )  # fmt: skip
    if collector is not None:
        assert data is not None
        collected(graph, values, collector, names, data, ctx, num_calib_examples, logger)
        result, arguments, states = calib_graph(
            result, parameters, states, collector, calib_mode, quantized_dtype, logger
        )
    if ctx.device_type == "cpu":
        result = result.get_backend_symbol(_FUSING)
    made = SymbolBlock(result, variables)
    for name, parameter in made.collect_params().items():
        value = arguments[name] if name in arguments else states[name]
        parameter.cast(value.dtype)
        parameter._load_init(value, ctx, cast_dtype=True)
        parameter.grad_req = "null"
    return made


def quantize_net(
    network: HybridBlock,
    quantized_dtype: str = "auto",
    quantize_mode: str = "full",
    exclude_layers: Sequence[str] | None = None,
    exclude_layers_match: Sequence[str] | None = None,
    exclude_operators: Sequence[str] | None = None,
    calib_data: Any = None,
    data_shapes: Any = None,
    calib_mode: str = "none",
    num_calib_examples: int | None = None,
    ctx: Context = cpu(),  # noqa: B008 - MXNet's default
    logger: Any = None,
) -> SymbolBlock:
    """:func:`quantize_net_v2` under its first signature."""
    return quantize_net_v2(
        network, quantized_dtype, quantize_mode, "tensor-wise", exclude_layers, exclude_layers_match,
        exclude_operators, calib_data, data_shapes, calib_mode, num_calib_examples, ctx, None, logger,
    )  # fmt: skip
