"""Constants of the text module; where embeddings were downloaded from is gone, they are read from this machine."""

from .vocab import UNKNOWN_IDX

__all__ = ["APACHE_REPO_URL", "UNKNOWN_IDX"]

#: the server that MXNet downloaded from
APACHE_REPO_URL = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
