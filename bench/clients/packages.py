"""The packages that are tried: what is installed of each, and what of it is imported."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CLIENTS", "NEEDED", "Client"]


class Client(NamedTuple):
    """A package that was written for MXNet.

    Attributes
    ----------
    name : str
        What it is called here, and its folder.
    requirement : str
        What pip installs, several behind each other, without their dependencies and for any Python.
    module : str
        The package whose modules are all imported.
    without : tuple of str
        Beginnings of modules that are left out: for other libraries, or for packages that are not here.
    environment : dict
        What is set for it.
    old_python : bool
        Whether it needs what Python had until 3.8: named tuples that name further bases, which were left out.
    """

    name: str
    requirement: str
    module: str
    without: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    old_python: bool = False


#: what clients need beside MXNet, installed without dependencies of their own, once for all
NEEDED = (
    "pandas python-dateutil pytz tzdata six scipy scikit-learn joblib threadpoolctl requests urllib3 idna certifi "
    "charset-normalizer tqdm yacs easydict autocfg portalocker psutil networkx toolz pydantic pydantic-core "
    "annotated-types typing-inspection tensorboardX sacrebleu regex tabulate colorama lxml scikit-image lazy_loader "
    "imageio tifffile narwhals cloudpickle"
).split()

CLIENTS = (
    Client("d2l", "d2l==1.0.3", "d2l", ("d2l.torch", "d2l.tensorflow", "d2l.jax")),
    Client("d2l-0.17", "d2l==0.17.6", "d2l", ("d2l.torch", "d2l.tensorflow", "d2l.paddle")),
    Client("d2lzh", "d2lzh==1.0.0", "d2lzh"),
    Client("gluonbook", "gluonbook==0.8.10", "gluonbook"),
    Client(
        "mxboard",
        "mxboard==0.1.0 protobuf==3.20.3",
        "mxboard",
        (),
        {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"},
    ),
    Client(
        "gluoncv",
        "gluoncv==0.10.5.post0",
        "gluoncv",
        ("gluoncv.torch", "gluoncv.auto"),
        {"REMXNET_HIDE_TORCH": "gluoncv"},
    ),
    Client("gluonnlp", "gluonnlp==0.10.0", "gluonnlp"),
    Client("gluonts", "gluonts==0.17.0", "gluonts.mx"),
    Client("sockeye", "sockeye==2.3.24", "sockeye"),
    Client(
        "dgl",
        "dgl==2.1.0",
        "dgl",
        (
            "dgl.backend.pytorch",
            "dgl.backend.tensorflow",
            "dgl.nn.pytorch",
            "dgl.graphbolt",
            "dgl.sparse",
            "dgl.libdgl",
            "dgl._ffi",
            "dgl.dataloading",
            "dgl.distributed",
            "dgl.data.lrgb",
            "dgl.nn.conv",
            "dgl.nn.glob",
            "dgl.nn.softmax",
            "dgl.nn.utils",
        ),
        {"DGLBACKEND": "mxnet"},
    ),
    Client("insightface", "insightface==0.1.5", "insightface"),
    Client(
        "autogluon",
        "autogluon.core==0.3.1 autogluon.extra==0.3.1 autogluon.mxnet==0.3.1 autogluon.features==0.3.1 "
        "autogluon.tabular==0.3.1 gluoncv==0.10.5.post0 dask==2023.5.0 distributed==2023.5.0 tornado msgpack "
        "sortedcontainers tblib zict click locket partd fsspec pyyaml jinja2 markupsafe paramiko bcrypt pynacl cffi "
        "pycparser cryptography invoke boto3 botocore s3transfer jmespath ConfigSpace more-itertools autograd "
        "graphviz importlib-metadata==6.8.0 zipp==3.17.0 dill multiprocess scikit-optimize pyaml openml",
        "autogluon",
        (
            "autogluon.core.models.ensemble.ray",
            "autogluon.core.scheduler.remote.dask_scheduler",
            "autogluon.tabular.models.catboost.catboost_softclass_utils",
            "autogluon.tabular.models.fastainn",
            "autogluon.tabular.models.lgb.callbacks",
            "autogluon.tabular.models.xgboost.callbacks",
        ),
        {"REMXNET_HIDE_TORCH": "gluoncv"},
        old_python=True,
    ),
)
