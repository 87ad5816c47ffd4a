"""Pooling layers: the largest or the mean element of a window, or of everything."""

from __future__ import annotations

from typing import Any

from ..block import HybridBlock
from .conv_layers import per_axis, window

__all__ = [
    "AvgPool1D", "AvgPool2D", "AvgPool3D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalMaxPool1D",
    "GlobalMaxPool2D", "GlobalMaxPool3D", "MaxPool1D", "MaxPool2D", "MaxPool3D",
]  # fmt: skip

_LAYOUTS = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}


class _Pooling(HybridBlock):
    """What all pooling layers have in common.

    Parameters
    ----------
    ndim : int
        how many spatial axes there are
    pool_size, strides, padding : int or tuple of int
        for all spatial axes, or one for each; strides None are the pool_size
    ceil_mode : bool
        round the output's size up, so that the last window may reach beyond the padding
    global_pool : bool
        one window over everything
    pool_type : {'max', 'avg'}
        what is taken of a window
    layout : str
        the order of the axes
    count_include_pad : bool, optional
        whether padding counts in a mean
    """

    def __init__(
        self,
        ndim: int,
        pool_size: Any,
        strides: Any,
        padding: Any,
        ceil_mode: bool,
        global_pool: bool,
        pool_type: str,
        layout: str,
        count_include_pad: bool | None = None,
        **kwargs: Any,
    ) -> None:
        layer = type(self).__name__
        kernel = window(layer, "pool_size", pool_size, layout, _LAYOUTS[ndim])
        super().__init__(**kwargs)
        convention = "full" if ceil_mode else "valid"
        self._kwargs: dict[str, Any] = {
            "kernel": kernel,
            "stride": kernel if strides is None else per_axis(layer, "strides", strides, ndim),
            "pad": per_axis(layer, "padding", padding, ndim),
            "global_pool": global_pool, "pool_type": pool_type, "layout": layout, "pooling_convention": convention,
        }  # fmt: skip
        if count_include_pad is not None:
            self._kwargs["count_include_pad"] = count_include_pad

    def _alias(self) -> str:
        return "pool"

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.Pooling(x, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        described = "size={kernel}, stride={stride}, padding={pad}, ceil_mode={ceil_mode}, global_pool={global_pool}, "
        described += "pool_type={pool_type}, layout={layout}"
        ceil_mode = self._kwargs["pooling_convention"] == "full"
        return f"{type(self).__name__}({described.format(ceil_mode=ceil_mode, **self._kwargs)})"


class MaxPool1D(_Pooling):
    """The largest element of each window over one spatial axis.

    Parameters
    ----------
    pool_size : int or tuple of int
        the window
    strides : int or tuple of int, optional
        the distance between windows; the window's size by default
    padding : int or tuple of int
        on both sides
    layout : {'NCW', 'NWC'}
        the order of the axes
    ceil_mode : bool
        round the output's size up instead of down
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = 2,
        strides: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        layout: str = "NCW",
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(1, pool_size, strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool2D(_Pooling):
    """The largest element of each window over two spatial axes.

    Parameters
    ----------
    pool_size : int or tuple of int
        the window
    strides : int or tuple of int, optional
        the distance between windows; the window's size by default
    padding : int or tuple of int
        on both sides
    layout : {'NCHW', 'NHWC'}
        the order of the axes
    ceil_mode : bool
        round the output's size up instead of down
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> mx.gluon.nn.MaxPool2D(2)(mx.nd.arange(16).reshape((1, 1, 4, 4))).asnumpy().tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = (2, 2),
        strides: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        layout: str = "NCHW",
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(2, pool_size, strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool3D(_Pooling):
    """The largest element of each window over three spatial axes.

    Parameters
    ----------
    pool_size : int or tuple of int
        the window
    strides : int or tuple of int, optional
        the distance between windows; the window's size by default
    padding : int or tuple of int
        on both sides
    layout : {'NCDHW', 'NDHWC'}
        the order of the axes
    ceil_mode : bool
        round the output's size up instead of down
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = (2, 2, 2),
        strides: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        ceil_mode: bool = False,
        layout: str = "NCDHW",
        **kwargs: Any,
    ) -> None:
        super().__init__(3, pool_size, strides, padding, ceil_mode, False, "max", layout, **kwargs)


class AvgPool1D(_Pooling):
    """The mean of each window over one spatial axis.

    Parameters
    ----------
    pool_size : int or tuple of int
        the window
    strides : int or tuple of int, optional
        the distance between windows; the window's size by default
    padding : int or tuple of int
        on both sides
    layout : {'NCW', 'NWC'}
        the order of the axes
    ceil_mode : bool
        round the output's size up instead of down
    count_include_pad : bool
        whether padding counts in the mean
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = 2,
        strides: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        layout: str = "NCW",
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(1, pool_size, strides, padding, ceil_mode, False, "avg", layout, count_include_pad, **kwargs)


class AvgPool2D(_Pooling):
    """The mean of each window over two spatial axes.

    Parameters
    ----------
    pool_size : int or tuple of int
        the window
    strides : int or tuple of int, optional
        the distance between windows; the window's size by default
    padding : int or tuple of int
        on both sides
    layout : {'NCHW', 'NHWC'}
        the order of the axes
    ceil_mode : bool
        round the output's size up instead of down
    count_include_pad : bool
        whether padding counts in the mean
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> mx.gluon.nn.AvgPool2D(2)(mx.nd.arange(16).reshape((1, 1, 4, 4))).asnumpy().tolist()
    [[[[2.5, 4.5], [10.5, 12.5]]]]
    """

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = (2, 2),
        strides: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        ceil_mode: bool = False,
        layout: str = "NCHW",
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(2, pool_size, strides, padding, ceil_mode, False, "avg", layout, count_include_pad, **kwargs)


class AvgPool3D(_Pooling):
    """The mean of each window over three spatial axes.

    Parameters
    ----------
    pool_size : int or tuple of int
        the window
    strides : int or tuple of int, optional
        the distance between windows; the window's size by default
    padding : int or tuple of int
        on both sides
    layout : {'NCDHW', 'NDHWC'}
        the order of the axes
    ceil_mode : bool
        round the output's size up instead of down
    count_include_pad : bool
        whether padding counts in the mean
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = (2, 2, 2),
        strides: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        ceil_mode: bool = False,
        layout: str = "NCDHW",
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(3, pool_size, strides, padding, ceil_mode, False, "avg", layout, count_include_pad, **kwargs)


class GlobalMaxPool1D(_Pooling):
    """The largest element of each channel over the spatial axis, which keep the length 1.

    Parameters
    ----------
    layout : {'NCW', 'NWC'}
        the order of the axes
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, layout: str = "NCW", **kwargs: Any) -> None:
        super().__init__(1, 1, None, 0, True, True, "max", layout, **kwargs)


class GlobalMaxPool2D(_Pooling):
    """The largest element of each channel over both spatial axes, which keep the length 1.

    Parameters
    ----------
    layout : {'NCHW', 'NHWC'}
        the order of the axes
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, layout: str = "NCHW", **kwargs: Any) -> None:
        super().__init__(2, 1, None, 0, True, True, "max", layout, **kwargs)


class GlobalMaxPool3D(_Pooling):
    """The largest element of each channel over all three spatial axes, which keep the length 1.

    Parameters
    ----------
    layout : {'NCDHW', 'NDHWC'}
        the order of the axes
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, layout: str = "NCDHW", **kwargs: Any) -> None:
        super().__init__(3, 1, None, 0, True, True, "max", layout, **kwargs)


class GlobalAvgPool1D(_Pooling):
    """The mean of each channel over the spatial axis, which keep the length 1.

    Parameters
    ----------
    layout : {'NCW', 'NWC'}
        the order of the axes
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, layout: str = "NCW", **kwargs: Any) -> None:
        super().__init__(1, 1, None, 0, True, True, "avg", layout, **kwargs)


class GlobalAvgPool2D(_Pooling):
    """The mean of each channel over both spatial axes, which keep the length 1.

    Parameters
    ----------
    layout : {'NCHW', 'NHWC'}
        the order of the axes
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, layout: str = "NCHW", **kwargs: Any) -> None:
        super().__init__(2, 1, None, 0, True, True, "avg", layout, **kwargs)


class GlobalAvgPool3D(_Pooling):
    """The mean of each channel over all three spatial axes, which keep the length 1.

    Parameters
    ----------
    layout : {'NCDHW', 'NDHWC'}
        the order of the axes
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, layout: str = "NCDHW", **kwargs: Any) -> None:
        super().__init__(3, 1, None, 0, True, True, "avg", layout, **kwargs)
