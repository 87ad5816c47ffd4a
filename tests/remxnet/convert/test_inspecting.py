"""`remxnet inspect`."""

import json
import struct

import numpy as np
import pytest

import mxnet as mx
from mxnet import recordio
from remxnet import cli
from remxnet.convert.inspection import ENDINGS, inspect


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = mx.sym.Variable("data")
    net = mx.sym.Convolution(data, kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv")
    net = mx.sym.FullyConnected(mx.sym.Pooling(net, global_pool=True, pool_type="avg"), num_hidden=5, name="fc")
    arrays = {"conv_weight": (4, 3, 3, 3), "conv_bias": (4,), "fc_weight": (5, 4), "fc_bias": (5,)}
    mx.model.save_checkpoint("net", 2, net, {name: mx.nd.ones(shape) for name, shape in arrays.items()}, {})
    return tmp_path


def told(capsys, *arguments):
    assert cli.main(["inspect", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_graph_with_the_parameters_beside_it(place, capsys):
    (found,) = told(capsys, "net-symbol.json", "--shape", "2,3,8,8")
    assert found["written by"] == "MXNet 1.9.1"
    assert (found["nodes"], found["operators"], found["parameters"]) == (8, 3, 112 + 25)
    assert found["multiply-adds"] == 2 * (4 * 27 * 64 + 4 * 5)
    assert found["inputs"] == [{"name": "data", "dtype": "float32", "shape": [2, 3, 8, 8]}]
    assert found["outputs"] == [{"name": "fc_output", "dtype": "float32", "shape": [2, 5]}]
    assert {each["operator"]: each["times"] for each in found["operators by name"]} == {
        "Convolution": 1, "Pooling": 1, "FullyConnected": 1,
    }  # fmt: skip


def test_a_graph_without_shapes_or_parameters(place, capsys):
    (place / "net-0002.params").unlink()
    assert cli.main(["inspect", "net-symbol.json"]) == 0
    text = capsys.readouterr().out
    assert "multiply-adds  not known without shapes: --shape data=N,N,…" in text
    assert "  inputs\n    data  float32  ?\n" in text


def test_operators_that_are_not_here_are_told(place, capsys):
    graph = json.loads((place / "net-symbol.json").read_text())
    graph["nodes"][3]["op"] = "Wonder"
    graph["attrs"]["mxnet_version"] = ["int", 905]
    (place / "net-symbol.json").write_text(json.dumps(graph))
    (found,) = told(capsys, "net-symbol.json")
    assert (found["written by"], found["not supported"]) == ("MXNet 0.9.5", ["Wonder"])


def test_arrays_by_their_headers(place, capsys):
    mx.nd.save(
        "more.params",
        {"aux:rows": mx.nd.ones((4, 2)).tostype("row_sparse"), "arg:half": mx.nd.ones(3, dtype="float16")},
    )
    plain, more = told(capsys, "net-0002.params", "more.params")
    assert (plain["arrays"], plain["parameters"], plain["bytes"], plain["dtypes"]) == (4, 137, 548, ["float32"])
    assert more["arrays by name"] == [
        {"name": "aux:rows", "dtype": "float32 (row_sparse)", "shape": [4, 2], "bytes": 64},
        {"name": "arg:half", "dtype": "float16", "shape": [3], "bytes": 6},
    ]


def test_elements_are_not_read(place):
    whole = mx.serialization.params.dumps({"w": np.zeros(4, "float32")})
    huge = whole.replace(struct.pack("<q", 4), struct.pack("<q", 1 << 35))
    with open(place / "huge.params", "wb") as stream:  # a file with a hole, of 128 GiB
        stream.write(huge[:-33])
        stream.seek((1 << 37) - 16, 1)
        stream.write(huge[-33:])
    found = inspect("huge.params")
    assert found.facts["bytes"] == 1 << 37


def test_tensors_of_safetensors(place, capsys):
    import safetensors.numpy

    safetensors.numpy.save_file({"w": np.ones((2, 3), "float32")}, "a.safetensors", {"format": "pt"})
    (found,) = told(capsys, "a.safetensors")
    assert found["arrays by name"] == [{"name": "w", "dtype": "F32", "shape": [2, 3], "bytes": 24}]
    assert found["about"] == {"format": "pt"}


def test_records_and_their_index(place, capsys):
    with recordio.MXIndexedRecordIO("a.idx", "a.rec", "w") as stream:
        for number in range(3):
            header = recordio.IRHeader(0, [1.0, 2.0], number, 0)
            stream.write_idx(number, recordio.pack(header, b"\x89PNG" + bytes(20)))
    records, index = told(capsys, "a.rec", "a.idx")
    assert (records["records"], records["index"]) == (3, "a.idx")
    assert (records["first record"], records["labels of a record"]) == ("PNG of 24 bytes, id 0", 2)
    assert (index["records"], index["keys"]) == (3, "0 to 2")
    (place / "images.idx").write_bytes(b"\0\0\x08\x02" + struct.pack(">II", 2, 3) + bytes(6))
    assert told(capsys, "images.idx")[0]["shape"] == [2, 3]


def test_states_are_read_as_data(place, capsys):
    updater = mx.optimizer.get_updater(mx.optimizer.Adam(learning_rate=0.5))
    updater(0, mx.nd.ones((2, 3)), mx.nd.ones((2, 3)))
    (place / "a.states").write_bytes(updater.get_states(dump_optimizer=True))
    (found,) = told(capsys, "a.states")
    assert (found["parameters"], found["optimizer"], found["learning rate"]) == (1, "Adam", 0.5)
    assert found["states by parameter"] == [{"parameter": "0", "states": "(2, 3) float32, (2, 3) float32"}]
    (place / "evil.states").write_bytes(b"cos\nsystem\n(S'touch executed'\ntR.")
    assert cli.main(["inspect", "evil.states"]) == 2
    assert not (place / "executed").exists()


def test_a_model_in_onnx(place, capsys):
    assert cli.main(["convert", "net", "net.onnx", "--shape", "1,3,8,8", "--dynamic"]) == 0
    capsys.readouterr()
    (found,) = told(capsys, "net.onnx")
    assert (found["operator set"], found["not supported"], found["parameters"]) == ({"onnx": 17}, [], 137)
    assert found["inputs"] == [{"name": "data", "shape": [0, 3, 8, 8]}]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_no_such_file_is_one_line(ending, place, capsys):
    (place / f"bad{ending}").write_bytes(b"\x07nonsense\n" * 9)
    assert cli.main(["inspect", f"bad{ending}"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("remxnet inspect: ") and captured.err.count("\n") == 1
    assert cli.main(["inspect", f"gone{ending}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_other_files_are_refused(place, capsys):
    assert cli.main(["inspect", "net.h5"]) == 2
    assert "net.h5: expected a file that ends in one of .json, .onnx, .params" in capsys.readouterr().err
    assert cli.main(["inspect", "net-symbol.json", "--shape", "x=1,3"]) == 2
    assert "--shape x: net-symbol.json has no such input; it has data" in capsys.readouterr().err
