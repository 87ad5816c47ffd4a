"""Says what is wrong where the files of MXNet itself lie over these.

`pip install mxnet` writes MXNet 1.9.1's files over those of the same names. Python takes this folder for its
`executor.py`, so that this is the first file here that its `__init__.py` comes to.
"""

from .. import base

if not hasattr(base, "register_upper"):
    raise ImportError(
        "mxnet: MXNet's own files were written over remxnet's, as pip install mxnet does; remxnet info says which, and "
        "how to repair it"
    )
