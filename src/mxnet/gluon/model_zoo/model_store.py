"""Where weights of the model zoo lie on disk, and how they get into a network.

MXNet fetched them from a server that is gone. What it left in its folder, or what was put there since, is used as
before: ``NAME-HASH.params``, with the first eight digits of the file's SHA-1 sum, or ``NAME.params``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ...base import MXNetError, data_dir
from ...context import Context, cpu
from ..block import Block
from ..utils import check_sha1

__all__ = ["get_model_file", "purge"]

#: where weights go by default; building a network without weights does not look at it
CPU = cpu()

#: SHA-1 sums of the files that MXNet's server had
_model_sha1 = {
    "alexnet": "44335d1f0046b328243b32a26a4fbd62d9057b45",
    "densenet121": "f27dbf2dbd5ce9a80b102d89c7483342cd33cb31",
    "densenet161": "b6c8a95717e3e761bd88d145f4d0a214aaa515dc",
    "densenet169": "2603f878403c6aa5a71a124c4a3307143d6820e9",
    "densenet201": "1cdbc116bc3a1b65832b18cf53e1cb8e7da017eb",
    "inceptionv3": "ed47ec45a937b656fcc94dabde85495bbef5ba1f",
    "mobilenet0.25": "9f83e440996887baf91a6aff1cccc1c903a64274",
    "mobilenet0.5": "8e9d539cc66aa5efa71c4b6af983b936ab8701c3",
    "mobilenet0.75": "529b2c7f4934e6cb851155b22c96c9ab0a7c4dc2",
    "mobilenet1.0": "6b8c5106c730e8750bcd82ceb75220a3351157cd",
    "mobilenetv2_0.25": "ae8f9392789b04822cbb1d98c27283fc5f8aa0a7",
    "mobilenetv2_0.5": "aabd26cd335379fcb72ae6c8fac45a70eab11785",
    "mobilenetv2_0.75": "e2be7b72a79fe4a750d1dd415afedf01c3ea818d",
    "mobilenetv2_1.0": "36da4ff1867abccd32b29592d79fc753bca5a215",
    "resnet101_v1": "d988c13d6159779e907140a638c56f229634cb02",
    "resnet101_v2": "18e93e4f48947e002547f50eabbcc9c83e516aa6",
    "resnet152_v1": "671c637a14387ab9e2654eafd0d493d86b1c8579",
    "resnet152_v2": "f2695542de38cf7e71ed58f02893d82bb409415e",
    "resnet18_v1": "a0666292f0a30ff61f857b0b66efc0228eb6a54b",
    "resnet18_v2": "a81db45fd7b7a2d12ab97cd88ef0a5ac48b8f657",
    "resnet34_v1": "48216ba99a8b1005d75c0f3a0c422301a0473233",
    "resnet34_v2": "9d6b80bbc35169de6b6edecffdd6047c56fdd322",
    "resnet50_v1": "0aee57f96768c0a2d5b23a6ec91eb08dfb0a45ce",
    "resnet50_v2": "ecdde35339c1aadbec4f547857078e734a76fb49",
    "squeezenet1.0": "264ba4970a0cc87a4f15c96e25246a1307caf523",
    "squeezenet1.1": "33ba0f93753c83d86e1eb397f38a667eaf2e9376",
    "vgg11": "dd221b160977f36a53f464cb54648d227c707a05",
    "vgg11_bn": "ee79a8098a91fbe05b7a973fed2017a6117723a8",
    "vgg13": "6bc5de58a05a5e2e7f493e2d75a580d83efde38c",
    "vgg13_bn": "7d97a06c3c7a1aecc88b6e7385c2b373a249e95e",
    "vgg16": "e660d4569ccb679ec68f1fd3cce07a387252a90a",
    "vgg16_bn": "7f01cf050d357127a73826045c245041b0df7363",
    "vgg19": "ad2f660d101905472b83590b59708b71ea22b2e5",
    "vgg19_bn": "f360b758e856f1074a85abd5fd873ed1d98297c3",
}


def short_hash(name: str) -> str:
    """The eight digits that the name of a model's file ends with.

    Raises
    ------
    ValueError
        MXNet had no weights for that model.

    Examples
    --------
    >>> mx.gluon.model_zoo.model_store.short_hash('resnet18_v1')
    'a0666292'
    """
    if name not in _model_sha1:
        raise ValueError(f"there were no pretrained weights for {name!r}; there were for {', '.join(_model_sha1)}")
    return _model_sha1[name][:8]


def get_model_file(name: str, root: str | None = None) -> str:
    """The path of the file with a model's weights.

    Parameters
    ----------
    name : str
        the model's, as in :func:`mxnet.gluon.model_zoo.vision.get_model`
    root : str, optional
        the folder; ``~/.mxnet/models`` by default (``$MXNET_HOME/models`` where that is set)

    Returns
    -------
    str
        ``root/NAME-HASH.params`` if it is there, else ``root/NAME.params``

    Raises
    ------
    MXNetError
        neither is there, or the first is damaged
    ValueError
        neither is there, and there never were weights for a model of that name
    """
    folder = os.path.join(data_dir(), "models") if root is None else os.path.expanduser(root)
    plain = os.path.join(folder, f"{name}.params")
    if name not in _model_sha1:
        if os.path.exists(plain):
            return plain
        short_hash(name)
    hashed = os.path.join(folder, f"{name}-{short_hash(name)}.params")
    if os.path.exists(hashed):
        if not check_sha1(hashed, _model_sha1[name]):
            raise MXNetError(
                f"get_model_file: {hashed} is damaged: its SHA-1 sum is not {_model_sha1[name]}; "
                f"weights of your own can be named {os.path.basename(plain)}"
            )
        return hashed
    if os.path.exists(plain):
        return plain
    raise MXNetError(
        f"get_model_file: no pretrained weights for {name} in {folder}; the server MXNet fetched them from is gone, so "
        f"put {os.path.basename(hashed)} (or {os.path.basename(plain)}) there, or name its folder with root="
    )


def purge(root: str | None = None) -> None:
    """Remove all ``.params`` files from a folder of models.

    Parameters
    ----------
    root : str, optional
        the folder; ``~/.mxnet/models`` by default (``$MXNET_HOME/models`` where that is set)
    """
    folder = os.path.join(data_dir(), "models") if root is None else os.path.expanduser(root)
    for file in os.listdir(folder):
        if file.endswith(".params"):
            os.remove(os.path.join(folder, file))


def with_weights(net: Block, name: str, pretrained: bool, ctx: Any, root: str | None) -> Any:
    """The network itself, with its weights loaded where they are asked for.

    Parameters
    ----------
    net : Block
        the network
    name : str
        the model's
    pretrained : bool
        whether to load weights
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    """
    if pretrained:
        net.load_parameters(get_model_file(name, root), ctx=ctx)
    return net


def variant(name: str, summary: str, build: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
    """A function that builds one member of a family.

    Parameters
    ----------
    name : str
        the function's
    summary : str
        the first line of its documentation
    build : callable
        builds any member
    *arguments
        the first arguments of `build`, which make it this member

    Returns
    -------
    callable
        takes the other arguments of `build` by name
    """

    def make(**kwargs: Any) -> Any:
        return build(*arguments, **kwargs)

    make.__name__ = make.__qualname__ = name
    make.__module__ = build.__module__
    make.__doc__ = f"""{summary}

    Parameters
    ----------
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        ``classes`` (1000 by default) and what else the network's class takes
    """
    return make


Contexts = Context | list[Context]
