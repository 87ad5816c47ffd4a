"""File formats: bytes in, NumPy arrays out, and the other way round.

`params` is MXNet's `.params`, `recordio` the framing and the indices of `.rec` files, `idx` the arrays of the MNIST
family, `pickles` what a pickle holds, `images` what an image file claims, `files` the one way to write a file. Nothing
here knows an `NDArray`; `mxnet.ndarray`, `mxnet.recordio`, `mxnet.optimizer` and Gluon stand on top.
Everything read is untrusted: a length is compared with the bytes there are before memory is taken.
"""
