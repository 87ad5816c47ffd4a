"""Downloading, and what else in gluon.utils a comparison with MXNet does not reach."""

import functools
import hashlib
import http.server
import os
import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.utils import HookHandle, clip_global_norm, download

CONTENT = b"hi" * 1000
SHA1 = hashlib.sha1(CONTENT).hexdigest()


@pytest.fixture
def server(tmp_path):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *args):
            self.server.requests.append(self.path)

        def log_message(self, *args):
            pass

    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "f.bin").write_bytes(CONTENT)
    handler = functools.partial(Quiet, directory=str(tmp_path / "www"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.requests = []
        running.url = f"http://127.0.0.1:{running.server_port}/"
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def test_download_to_a_name_a_folder_and_here(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert download(server.url + "f.bin") == "f.bin"
    assert capsys.readouterr().out == f"Downloading f.bin from {server.url}f.bin...\n"
    assert download(server.url + "f.bin", path="sub/x.bin") == "sub/x.bin"
    assert download(server.url + "f.bin", path="sub", sha1_hash=SHA1) == os.path.join("sub", "f.bin")
    for path in ("f.bin", "sub/x.bin", "sub/f.bin"):
        assert (tmp_path / path).read_bytes() == CONTENT
    assert sorted(os.listdir(tmp_path / "sub")) == ["f.bin", "x.bin"]


def test_download_happens_only_where_it_is_needed(server, tmp_path):
    path = str(tmp_path / "f.bin")
    for arguments, requests in (({}, 1), ({}, 1), ({"sha1_hash": SHA1}, 1), ({"overwrite": True}, 2)):
        download(server.url + "f.bin", path=path, **arguments)
        assert len(server.requests) == requests
    (tmp_path / "f.bin").write_bytes(b"old")
    download(server.url + "f.bin", path=path, sha1_hash=SHA1)
    assert (tmp_path / "f.bin").read_bytes() == CONTENT


def test_wrong_sum_leaves_what_was_there(server, tmp_path):
    (tmp_path / "f.bin").write_bytes(b"old")
    with pytest.raises(mx.MXNetError, match=f"has SHA-1 sum {SHA1}, expected 000"):
        download(server.url + "f.bin", path=str(tmp_path / "f.bin"), sha1_hash="0" * 40)
    assert (tmp_path / "f.bin").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["f.bin", "www"]


def test_missing_file_is_asked_for_once(server, tmp_path):
    with pytest.raises(mx.MXNetError, match="failed downloading .*none.bin: .*404"):
        download(server.url + "none.bin", path=str(tmp_path / "n"))
    assert len(server.requests) == 1


def test_unreachable_server_is_tried_again(tmp_path, capsys):
    with pytest.raises(mx.MXNetError, match="failed downloading http://127.0.0.1:9/f: .*refused"):
        download("http://127.0.0.1:9/f", path=str(tmp_path / "f"), retries=2)
    assert capsys.readouterr().out.count("Downloading") == 3


def test_unknown_scheme_is_not_tried_again(tmp_path, capsys):
    with pytest.raises(mx.MXNetError, match="failed downloading nowhere/x"):
        download("nowhere/x", path=str(tmp_path / "f"))
    assert capsys.readouterr().out.count("Downloading") == 1


def test_unchecked_certificates_are_warned_of(server, tmp_path):
    with pytest.warns(UserWarning, match="verify_ssl=False"):
        download(server.url + "f.bin", path=str(tmp_path / "f"), verify_ssl=False)


def test_clipping_other_dtypes():
    arrays = [mx.nd.ones(4, dtype="float64") * 2, mx.nd.ones(9, dtype="float16")]
    assert clip_global_norm(arrays, 1.0) == pytest.approx(5.0)
    assert [np.dtype(array.dtype).name for array in arrays] == ["float64", "float16"]
    assert arrays[0].asnumpy()[0] == pytest.approx(0.4)


def test_hook_handle_takes_its_hook_off():
    block = mx.gluon.nn.Flatten()
    seen = []
    with block.register_forward_hook(lambda *args: seen.append(1)):
        block(mx.nd.ones((1, 2)))
    block(mx.nd.ones((1, 2)))
    assert seen == [1]


def test_hook_handle_holds_one_hook():
    handle = HookHandle()
    hooks = mx.gluon.nn.Flatten()._forward_hooks
    handle.attach(hooks, print)
    with pytest.raises(AssertionError, match="holds a hook already"):
        handle.attach(hooks, print)
