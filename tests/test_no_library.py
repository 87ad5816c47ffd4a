"""What programs reach for of MXNet's C library is importable, and says what to use instead when it is called."""

import subprocess
import sys

import pytest

import mxnet as mx


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("MXNDArrayToDLPack", "to_dlpack_for_read"), ("MXRecordIOReaderCreate", "MXRecordIO"),
        ("MXQuantizeSymbol", "quantize_graph"), ("MXKVStorePush", "mx.kv.create"), ("NNSymbolFree", "Symbol"),
        ("MXSomethingElse", "Python interface"),
    ],
)  # fmt: skip
def test_a_call_into_the_library_says_what_does_the_same(name, instead):
    call = getattr(mx.base._LIB, name)
    with pytest.raises(mx.MXNetError, match=f"{name}: there is no C library underneath.*{instead}"):
        mx.base.check_call(call(1, 2))


def test_what_is_no_function_of_the_library_is_no_attribute():
    with pytest.raises(AttributeError, match="no 'copy'"):
        mx.base._LIB.copy  # noqa: B018


def test_what_cannot_be_compiled_or_loaded_says_so(tmp_path):
    library = tmp_path / "operators.so"
    library.write_bytes(b"")
    with pytest.raises(mx.MXNetError, match=r"cannot be loaded here; mx\.operator"):
        mx.library.load(str(library), verbose=False)
    with pytest.raises(mx.MXNetError, match="cannot be compiled from source text"):
        mx.rtc.CudaModule("__global__ void f() {}", exports=["f"])
    with pytest.raises(mx.MXNetError, match="of one process"):
        mx.kvstore.KVStoreServer(mx.kv.create("local")).run()
    with pytest.raises(mx.MXNetError, match="there is no C library"):
        mx.base.check_call(-1)


def test_features_tell_of_this_installation():
    import torch

    features = mx.runtime.Features()
    assert features.is_enabled("cuda") is torch.backends.cuda.is_built()
    assert features.is_enabled("openmp") is torch.backends.openmp.is_available()
    assert not features.is_enabled("tvm_op")


def test_metrics_are_found_in_gluon_too():
    from mxnet.gluon import metric

    assert metric is mx.metric and mx.gluon.metric is mx.metric


def test_the_package_is_a_program_and_brings_the_modules_that_programs_got_through_it():
    text = "import multiprocessing, mxnet, runpy, sys; multiprocessing.pool.ThreadPool"
    run = "sys.argv = ['remxnet', '--version']; runpy.run_module('remxnet', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", f"{text}; {run}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("remxnet ")
