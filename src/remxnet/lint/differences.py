"""What is here and answers otherwise than MXNet 1.9.1, by name: the lines of docs/differences.md that a call meets."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DIFFERENCES", "Difference"]


class Difference(NamedTuple):
    """What a call should know of.

    Attributes
    ----------
    text : str
    keyword : str, optional
        only where the call has this argument
    """

    text: str
    keyword: str | None = None


_DOWNLOADS = Difference("downloads nothing: the server is gone; a file in ~/.mxnet/models is loaded", "pretrained")
_DRAWS = Difference("draws crops, mirrors and colours from streams of its own: not MXNet's numbers")
_REFUSES = Difference("refuses, as there is no C library")
_NOT_THERE = Difference("refuses a value that there is not, where MXNet goes on", "last_batch_handle")
_SURE_RATE = Difference("leaves a weight whose learning rate is 0 as it is; MXNet makes it NaN")
_LOCAL_FILES = Difference(
    "downloads nothing; a file that lies where MXNet would have put it is read, its hash not compared"
)

DIFFERENCES: dict[str, Difference] = {
    "mxnet.contrib.svrg_optimization.svrg_module.SVRGModule": Difference(
        "gives with an optimizer on a key-value store the weights that it gives without one"
    ),
    "mxnet.contrib.text.embedding.CompositeEmbedding": _LOCAL_FILES,
    "mxnet.contrib.text.embedding.FastText": _LOCAL_FILES,
    "mxnet.contrib.text.embedding.GloVe": _LOCAL_FILES,
    "mxnet.gluon.Trainer": Difference(
        "updates on one context without a store too, where MXNet raises", "update_on_kvstore"
    ),
    "mxnet.gluon.data.DataLoader": Difference(
        "gives each worker random numbers of its own, from torch's seed; batches are on cpu(0)", "num_workers"
    ),
    "mxnet.gluon.model_zoo.vision.get_model": _DOWNLOADS,
    "mxnet.image.ImageDetIter": _NOT_THERE,
    "mxnet.image.ImageIter": _NOT_THERE,
    "mxnet.initializer.Orthogonal": Difference(
        "has the signs of the LAPACK that NumPy was built with, under MXNet as well"
    ),
    "mxnet.io.CSVIter": Difference("fills the last batch with zeros, where MXNet leaves what was there", "round_batch"),
    "mxnet.io.ImageDetRecordIter": _DRAWS,
    "mxnet.io.ImageRecordIter": _DRAWS,
    "mxnet.kvstore.create": Difference("refuses a name nobody registered, where MXNet gives a local store"),
    "mxnet.library.load": _REFUSES,
    "mxnet.ndarray.contrib.while_loop": Difference("fills the outputs of steps that were not made with zeros"),
    "mxnet.numpy.random.multivariate_normal": Difference("follows the seed, where MXNet's does not"),
    "mxnet.optimizer.FTML": _SURE_RATE,
    "mxnet.optimizer.Ftrl": _SURE_RATE,
    "mxnet.profiler.set_config": Difference("counts what torch does, where MXNet counts calls of its C interface"),
    "mxnet.rnn.encode_sentences": Difference(
        "gives all unknown words the number of unknown_token, where MXNet counts on"
    ),
    "mxnet.rtc.CudaModule": _REFUSES,
    "mxnet.symbol.contrib.while_loop": Difference("fills the outputs of steps that were not made with zeros"),
}
