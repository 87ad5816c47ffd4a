"""What every edition's module offers: the helpers whose name and meaning never changed, and MXNet itself."""

# ruff: noqa: F401  (to gather names is what this file is for)

import collections
import math
import os
import random
import sys
import time

import mxnet as mx
from mxnet import autograd, context, gluon, init, nd, np, npx
from mxnet.gluon import nn

from .convolution import comp_conv2d, corr2d, corr2d_multi_in, corr2d_multi_in_out, corr2d_multi_in_out_1x1, pool2d
from .datasets import (
    DATA_HUB,
    DATA_URL,
    download,
    download_all,
    download_extract,
    get_dataloader_workers,
    get_fashion_mnist_labels,
)
from .devices import cpu, gpu, num_gpus, try_all_gpus, try_gpu
from .layers import (
    Residual,
    conv_block,
    lenet,
    nin_block,
    resnet18,
    resnet_block,
    transition_block,
    vgg,
    vgg_block,
)
from .linear import cross_entropy, data_iter, linreg, load_array, relu, sgd, softmax, squared_loss, synthetic_data
from .metering import (
    Accumulator,
    evaluate_accuracy,
    evaluate_accuracy_gpu,
    evaluate_accuracy_gpus,
    evaluate_loss,
    split_batch,
)
from .plotting import (
    Animator,
    plot,
    plt,
    set_axes,
    set_figsize,
    show_fashion_mnist,
    show_images,
    use_svg_display,
)
from .timing import Timer
from .training import (
    predict_ch3,
    train,
    train_batch_ch13,
    train_ch3,
    train_ch5,
    train_ch6,
    train_ch13,
    train_epoch_ch3,
)

__all__: list[str] = [name for name in dir() if not name.startswith("_")]
