"""Made by `make stubs` from the operator table; edits are lost."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .ndarray import NDArray as NDArray

_Out = NDArray | Sequence[NDArray | None] | None

from .op import Embedding as Embedding
from .op import FullyConnected as FullyConnected
from .op import LinearRegressionOutput as LinearRegressionOutput
from .op import LogisticRegressionOutput as LogisticRegressionOutput
from .op import MAERegressionOutput as MAERegressionOutput
from .op import adagrad_update as adagrad_update
from .op import adam_update as adam_update
from .op import ftrl_update as ftrl_update
from .op import make_loss as make_loss
from .op import relu as relu
from .op import sgd_mom_update as sgd_mom_update
from .op import sgd_update as sgd_update
from .op import sigmoid as sigmoid
from .op import stop_gradient as stop_gradient
