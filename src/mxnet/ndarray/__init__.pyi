"""Made by `make stubs` from the operator table; edits are lost."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .ndarray import NDArray as NDArray

_Out = NDArray | Sequence[NDArray | None] | None

from . import _internal as _internal
from . import contrib as contrib
from . import image as image
from . import linalg as linalg
from . import op as op
from . import random as random
from . import sparse as sparse
from .creation import arange as arange
from .creation import array as array
from .creation import empty as empty
from .creation import eye as eye
from .creation import from_dlpack as from_dlpack
from .creation import from_numpy as from_numpy
from .creation import full as full
from .creation import linspace as linspace
from .creation import ones as ones
from .creation import zeros as zeros
from .functions import concatenate as concatenate
from .functions import histogram as histogram
from .functions import load as load
from .functions import load_frombuffer as load_frombuffer
from .functions import moveaxis as moveaxis
from .functions import onehot_encode as onehot_encode
from .functions import power as power
from .functions import save as save
from .functions import split_v2 as split_v2
from .functions import to_dlpack_for_read as to_dlpack_for_read
from .functions import to_dlpack_for_write as to_dlpack_for_write
from .functions import true_divide as true_divide
from .functions import waitall as waitall
from .ndarray import NDArray as NDArray
from .op import Activation as Activation
from .op import BatchNorm as BatchNorm
from .op import BatchNorm_v1 as BatchNorm_v1
from .op import BilinearSampler as BilinearSampler
from .op import BlockGrad as BlockGrad
from .op import CTCLoss as CTCLoss
from .op import Cast as Cast
from .op import Concat as Concat
from .op import Convolution as Convolution
from .op import Convolution_v1 as Convolution_v1
from .op import Correlation as Correlation
from .op import Crop as Crop
from .op import Custom as Custom
from .op import Deconvolution as Deconvolution
from .op import Dropout as Dropout
from .op import ElementWiseSum as ElementWiseSum
from .op import Embedding as Embedding
from .op import Flatten as Flatten
from .op import FullyConnected as FullyConnected
from .op import GridGenerator as GridGenerator
from .op import GroupNorm as GroupNorm
from .op import IdentityAttachKLSparseReg as IdentityAttachKLSparseReg
from .op import InstanceNorm as InstanceNorm
from .op import L2Normalization as L2Normalization
from .op import LRN as LRN
from .op import LayerNorm as LayerNorm
from .op import LeakyReLU as LeakyReLU
from .op import LinearRegressionOutput as LinearRegressionOutput
from .op import LogisticRegressionOutput as LogisticRegressionOutput
from .op import MAERegressionOutput as MAERegressionOutput
from .op import MakeLoss as MakeLoss
from .op import Pad as Pad
from .op import Pooling as Pooling
from .op import Pooling_v1 as Pooling_v1
from .op import RNN as RNN
from .op import ROIPooling as ROIPooling
from .op import Reshape as Reshape
from .op import SVMOutput as SVMOutput
from .op import SequenceLast as SequenceLast
from .op import SequenceMask as SequenceMask
from .op import SequenceReverse as SequenceReverse
from .op import SliceChannel as SliceChannel
from .op import Softmax as Softmax
from .op import SoftmaxActivation as SoftmaxActivation
from .op import SoftmaxOutput as SoftmaxOutput
from .op import SpatialTransformer as SpatialTransformer
from .op import SwapAxis as SwapAxis
from .op import UpSampling as UpSampling
from .op import abs as abs
from .op import adam_update as adam_update
from .op import add_n as add_n
from .op import all_finite as all_finite
from .op import amp_cast as amp_cast
from .op import amp_multicast as amp_multicast
from .op import arccos as arccos
from .op import arccosh as arccosh
from .op import arcsin as arcsin
from .op import arcsinh as arcsinh
from .op import arctan as arctan
from .op import arctanh as arctanh
from .op import argmax as argmax
from .op import argmax_channel as argmax_channel
from .op import argmin as argmin
from .op import argsort as argsort
from .op import batch_dot as batch_dot
from .op import batch_take as batch_take
from .op import broadcast_add as broadcast_add
from .op import broadcast_axes as broadcast_axes
from .op import broadcast_axis as broadcast_axis
from .op import broadcast_div as broadcast_div
from .op import broadcast_equal as broadcast_equal
from .op import broadcast_greater as broadcast_greater
from .op import broadcast_greater_equal as broadcast_greater_equal
from .op import broadcast_hypot as broadcast_hypot
from .op import broadcast_lesser as broadcast_lesser
from .op import broadcast_lesser_equal as broadcast_lesser_equal
from .op import broadcast_like as broadcast_like
from .op import broadcast_logical_and as broadcast_logical_and
from .op import broadcast_logical_or as broadcast_logical_or
from .op import broadcast_logical_xor as broadcast_logical_xor
from .op import broadcast_maximum as broadcast_maximum
from .op import broadcast_minimum as broadcast_minimum
from .op import broadcast_minus as broadcast_minus
from .op import broadcast_mod as broadcast_mod
from .op import broadcast_mul as broadcast_mul
from .op import broadcast_not_equal as broadcast_not_equal
from .op import broadcast_plus as broadcast_plus
from .op import broadcast_power as broadcast_power
from .op import broadcast_sub as broadcast_sub
from .op import broadcast_to as broadcast_to
from .op import cast as cast
from .op import cast_storage as cast_storage
from .op import cbrt as cbrt
from .op import ceil as ceil
from .op import choose_element_0index as choose_element_0index
from .op import clip as clip
from .op import col2im as col2im
from .op import concat as concat
from .op import cos as cos
from .op import cosh as cosh
from .op import crop as crop
from .op import ctc_loss as ctc_loss
from .op import cumsum as cumsum
from .op import degrees as degrees
from .op import depth_to_space as depth_to_space
from .op import diag as diag
from .op import dot as dot
from .op import elemwise_add as elemwise_add
from .op import elemwise_div as elemwise_div
from .op import elemwise_mul as elemwise_mul
from .op import elemwise_sub as elemwise_sub
from .op import erf as erf
from .op import erfinv as erfinv
from .op import exp as exp
from .op import expand_dims as expand_dims
from .op import expm1 as expm1
from .op import fill_element_0index as fill_element_0index
from .op import fix as fix
from .op import flatten as flatten
from .op import flip as flip
from .op import floor as floor
from .op import ftml_update as ftml_update
from .op import ftrl_update as ftrl_update
from .op import gamma as gamma
from .op import gammaln as gammaln
from .op import gather_nd as gather_nd
from .op import hard_sigmoid as hard_sigmoid
from .op import identity as identity
from .op import im2col as im2col
from .op import khatri_rao as khatri_rao
from .op import lamb_update_phase1 as lamb_update_phase1
from .op import lamb_update_phase2 as lamb_update_phase2
from .op import linalg_det as linalg_det
from .op import linalg_extractdiag as linalg_extractdiag
from .op import linalg_extracttrian as linalg_extracttrian
from .op import linalg_gelqf as linalg_gelqf
from .op import linalg_gemm as linalg_gemm
from .op import linalg_gemm2 as linalg_gemm2
from .op import linalg_inverse as linalg_inverse
from .op import linalg_makediag as linalg_makediag
from .op import linalg_maketrian as linalg_maketrian
from .op import linalg_potrf as linalg_potrf
from .op import linalg_potri as linalg_potri
from .op import linalg_slogdet as linalg_slogdet
from .op import linalg_sumlogdiag as linalg_sumlogdiag
from .op import linalg_syrk as linalg_syrk
from .op import linalg_trmm as linalg_trmm
from .op import linalg_trsm as linalg_trsm
from .op import log as log
from .op import log10 as log10
from .op import log1p as log1p
from .op import log2 as log2
from .op import log_softmax as log_softmax
from .op import logical_not as logical_not
from .op import make_loss as make_loss
from .op import max as max
from .op import max_axis as max_axis
from .op import mean as mean
from .op import min as min
from .op import min_axis as min_axis
from .op import moments as moments
from .op import mp_lamb_update_phase1 as mp_lamb_update_phase1
from .op import mp_lamb_update_phase2 as mp_lamb_update_phase2
from .op import mp_nag_mom_update as mp_nag_mom_update
from .op import mp_sgd_mom_update as mp_sgd_mom_update
from .op import mp_sgd_update as mp_sgd_update
from .op import multi_all_finite as multi_all_finite
from .op import multi_lars as multi_lars
from .op import multi_mp_sgd_mom_update as multi_mp_sgd_mom_update
from .op import multi_mp_sgd_update as multi_mp_sgd_update
from .op import multi_sgd_mom_update as multi_sgd_mom_update
from .op import multi_sgd_update as multi_sgd_update
from .op import multi_sum_sq as multi_sum_sq
from .op import nag_mom_update as nag_mom_update
from .op import nanprod as nanprod
from .op import nansum as nansum
from .op import negative as negative
from .op import norm as norm
from .op import normal as normal
from .op import one_hot as one_hot
from .op import ones_like as ones_like
from .op import pad as pad
from .op import pick as pick
from .op import preloaded_multi_mp_sgd_mom_update as preloaded_multi_mp_sgd_mom_update
from .op import preloaded_multi_mp_sgd_update as preloaded_multi_mp_sgd_update
from .op import preloaded_multi_sgd_mom_update as preloaded_multi_sgd_mom_update
from .op import preloaded_multi_sgd_update as preloaded_multi_sgd_update
from .op import prod as prod
from .op import radians as radians
from .op import random_exponential as random_exponential
from .op import random_gamma as random_gamma
from .op import random_generalized_negative_binomial as random_generalized_negative_binomial
from .op import random_negative_binomial as random_negative_binomial
from .op import random_normal as random_normal
from .op import random_pdf_dirichlet as random_pdf_dirichlet
from .op import random_pdf_exponential as random_pdf_exponential
from .op import random_pdf_gamma as random_pdf_gamma
from .op import random_pdf_generalized_negative_binomial as random_pdf_generalized_negative_binomial
from .op import random_pdf_negative_binomial as random_pdf_negative_binomial
from .op import random_pdf_normal as random_pdf_normal
from .op import random_pdf_poisson as random_pdf_poisson
from .op import random_pdf_uniform as random_pdf_uniform
from .op import random_poisson as random_poisson
from .op import random_randint as random_randint
from .op import random_uniform as random_uniform
from .op import ravel_multi_index as ravel_multi_index
from .op import rcbrt as rcbrt
from .op import reciprocal as reciprocal
from .op import relu as relu
from .op import repeat as repeat
from .op import reset_arrays as reset_arrays
from .op import reshape as reshape
from .op import reshape_like as reshape_like
from .op import reverse as reverse
from .op import rint as rint
from .op import rmsprop_update as rmsprop_update
from .op import rmspropalex_update as rmspropalex_update
from .op import round as round
from .op import rsqrt as rsqrt
from .op import sample_exponential as sample_exponential
from .op import sample_gamma as sample_gamma
from .op import sample_generalized_negative_binomial as sample_generalized_negative_binomial
from .op import sample_multinomial as sample_multinomial
from .op import sample_negative_binomial as sample_negative_binomial
from .op import sample_normal as sample_normal
from .op import sample_poisson as sample_poisson
from .op import sample_uniform as sample_uniform
from .op import scatter_nd as scatter_nd
from .op import sgd_mom_update as sgd_mom_update
from .op import sgd_update as sgd_update
from .op import shape_array as shape_array
from .op import shuffle as shuffle
from .op import sigmoid as sigmoid
from .op import sign as sign
from .op import signsgd_update as signsgd_update
from .op import signum_update as signum_update
from .op import sin as sin
from .op import sinh as sinh
from .op import size_array as size_array
from .op import slice as slice
from .op import slice_axis as slice_axis
from .op import slice_like as slice_like
from .op import smooth_l1 as smooth_l1
from .op import softmax as softmax
from .op import softmax_cross_entropy as softmax_cross_entropy
from .op import softmin as softmin
from .op import softsign as softsign
from .op import sort as sort
from .op import space_to_depth as space_to_depth
from .op import split as split
from .op import sqrt as sqrt
from .op import square as square
from .op import squeeze as squeeze
from .op import stack as stack
from .op import stop_gradient as stop_gradient
from .op import sum as sum
from .op import sum_axis as sum_axis
from .op import swapaxes as swapaxes
from .op import take as take
from .op import tan as tan
from .op import tanh as tanh
from .op import tile as tile
from .op import topk as topk
from .op import transpose as transpose
from .op import trunc as trunc
from .op import uniform as uniform
from .op import unravel_index as unravel_index
from .op import where as where
from .op import zeros_like as zeros_like

def add(lhs: Any, rhs: Any) -> Any: ...

def divide(lhs: Any, rhs: Any) -> Any: ...

def equal(lhs: Any, rhs: Any) -> Any: ...

def greater(lhs: Any, rhs: Any) -> Any: ...

def greater_equal(lhs: Any, rhs: Any) -> Any: ...

def lesser(lhs: Any, rhs: Any) -> Any: ...

def lesser_equal(lhs: Any, rhs: Any) -> Any: ...

def logical_and(lhs: Any, rhs: Any) -> Any: ...

def logical_or(lhs: Any, rhs: Any) -> Any: ...

def logical_xor(lhs: Any, rhs: Any) -> Any: ...

def maximum(lhs: Any, rhs: Any) -> Any: ...

def minimum(lhs: Any, rhs: Any) -> Any: ...

def modulo(lhs: Any, rhs: Any) -> Any: ...

def multiply(lhs: Any, rhs: Any) -> Any: ...

def not_equal(lhs: Any, rhs: Any) -> Any: ...

def subtract(lhs: Any, rhs: Any) -> Any: ...
