"""Every reader of files: whole files it reads, how it reads one, and the errors it may raise."""

import gzip
import io
import json
import os
import pickle
import struct
import tarfile
import tempfile
import warnings
import zipfile
from functools import partial
from pathlib import Path

import nbformat
import numpy as np

import mxnet as mx
from mxnet import recordio
from mxnet.contrib import text
from mxnet.onnx import reading
from mxnet.serialization import idx
from remxnet.book.archives import unpack
from remxnet.convert.inspection import inspect
from remxnet.errors import InputError
from remxnet.experiments.compare.comparing import read_plan
from remxnet.experiments.runs import checkpoints, open_run
from remxnet.experiments.settings import Settings
from remxnet.experiments.training.progress import Progress
from remxnet.installs import without_provided_installs
from remxnet.lint.checking import check
from remxnet.lint.sources import parts_of
from remxnet.notebooks.document import code_cells, read_notebook


class Reader:
    """What is to be known of one kind of file.

    Attributes
    ----------
    name : str
        The file's, which readers go by.
    errors : tuple of type
        What it may raise; anything else is a fault.
    longest : int
        How many characters an error may have.
    """

    name = "file"
    errors: tuple = (mx.MXNetError,)
    longest = 2000

    def samples(self, scratch):
        """Whole files, as bytes."""
        raise NotImplementedError

    def read(self, path):
        """Read a file."""
        raise NotImplementedError

    def sealed(self, content, chance):
        """The file with a checksum that is right, where the format has one."""
        return content


def saved(scratch, save):
    """The bytes of a file that is saved."""
    path = scratch / "sample"
    save(str(path))
    return path.read_bytes()


def save_arrays(content, path):
    """`nd.save`, the path last."""
    mx.nd.save(path, content)


class Params(Reader):
    name = "a.params"

    def samples(self, scratch):
        arrays = {"weight": mx.nd.ones((3, 4)), "bias": mx.nd.ones((3,), dtype="float16")}
        empty = {"n": mx.nd.array([1, 2], dtype="int64"), "b": mx.nd.array([1, 0], dtype="bool")}
        half = {"half": mx.nd.ones((2,)).astype("bfloat16")}
        some = mx.nd.array([[0, 1, 0], [0, 0, 0], [2, 0, 3]])
        sparse = {"csr": some.tostype("csr"), "rows": some.tostype("row_sparse")}
        contents = (arrays, [*arrays.values()], empty, half, sparse, [*sparse.values()])
        return [saved(scratch, partial(save_arrays, content)) for content in contents]

    def read(self, path):
        mx.nd.load(str(path))
        found = mx.nd.load_frombuffer(path.read_bytes())
        for array in found.values() if isinstance(found, dict) else found:
            if array.stype != "default" and len(array.shape) == 2 and max(array.shape) < 1000:
                array.asnumpy()  # positions are looked at when they are gone to
                mx.nd.square(array).asnumpy()
                if array.stype == "csr" and array.dtype == np.float32:
                    mx.nd.dot(array, mx.nd.ones((array.shape[1], 2))).asnumpy()


class States(Reader):
    name = "a.states"
    errors = (pickle.UnpicklingError, mx.MXNetError)

    def samples(self, scratch):
        found = []
        schedule = mx.lr_scheduler.FactorScheduler(2, 0.5)
        for optimizer in (
            mx.optimizer.Adam(lr_scheduler=schedule),
            mx.optimizer.SGD(momentum=0.9),
            mx.optimizer.LBSGD(momentum=0.5, batch_scale=3),
            mx.optimizer.Nadam(lr_scheduler=mx.lr_scheduler.MultiFactorScheduler([2, 5])),
            mx.optimizer.SGD(lr_scheduler=mx.lr_scheduler.PolyScheduler(9, warmup_steps=3)),
        ):
            updater = mx.optimizer.get_updater(optimizer)
            for index in (0, 1):
                updater(index, mx.nd.ones((2, 3)), mx.nd.ones((2, 3)))
            found += [pickle.dumps((updater.states, updater.optimizer), protocol) for protocol in (0, 2, 4)]
            found += [updater.get_states(), updater.get_states(dump_optimizer=True)]
        return [*found, pickle.dumps({0: [np.float64(3), np.int32(2), None, (1.5, True)]})]

    def read(self, path):
        updater = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.9))
        updater.set_states(path.read_bytes())
        for index in (0, 1):  # what was taken can be trained on with
            updater(index, mx.nd.ones((2, 3)), mx.nd.ones((2, 3)))


class Embedding(Reader):
    name = "vectors.txt"
    errors = (ValueError, AssertionError)

    def samples(self, scratch):
        return [b"a 0.1 0.2\nb 0.3 0.4\n<unk> 1 2\n", b"2 3\na 1 2 3\nb 1e30 nan -inf\n", "ä 1 2\n".encode()]

    def read(self, path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is passed over
            text.embedding.CustomEmbedding(str(path)).get_vecs_by_tokens(["a", "b"])


class Records(Reader):
    name = "a.rec"
    errors = (mx.MXNetError, ValueError, struct.error)

    def samples(self, scratch):
        def save(path):
            with recordio.MXRecordIO(path, "w") as stream:
                for size in (0, 3, 100):
                    stream.write(recordio.pack(recordio.IRHeader(0, [1, 2], 7, 0), b"x" * size))
                stream.write(struct.pack("<I", 0xCED7230A) * 3)

        return [saved(scratch, save)]

    def read(self, path):
        with recordio.MXRecordIO(path, "r") as stream:
            while (record := stream.read()) is not None:
                recordio.unpack(record)
                recordio.unpack_img(record)


class Index(Reader):
    name = "a.idx"
    errors = (mx.MXNetError, ValueError, struct.error)

    def samples(self, scratch):
        self.records = scratch / "of-the-index.rec"
        with recordio.MXIndexedRecordIO(scratch / "sample.idx", self.records, "w") as stream:
            for key in range(5):
                stream.write_idx(key, b"record" * key)
        return [(scratch / "sample.idx").read_bytes()]

    def read(self, path):
        with recordio.MXIndexedRecordIO(path, self.records, "r") as stream:
            for key in stream.keys:
                stream.read_idx(key)


class Graphs(Reader):
    name = "a-symbol.json"
    longest = 20_000  # the attribute that is wrong is quoted

    def samples(self, scratch):
        data = mx.sym.var("data")
        net = mx.sym.Convolution(data, num_filter=4, kernel=(3, 3), name="conv")
        net = mx.sym.Pooling(mx.sym.Activation(net, act_type="relu"), kernel=(2, 2), pool_type="max")
        net = mx.sym.SliceChannel(mx.sym.BatchNorm(net), num_outputs=2)
        net = mx.sym.FullyConnected(mx.sym.reshape(net[0] + net[1], shape=(0, -1)), num_hidden=3)
        return [mx.sym.SoftmaxOutput(net, name="softmax").tojson().encode(), (data * 2 + 1).tojson().encode()]

    def read(self, path):
        symbol = mx.sym.load(str(path))
        symbol.list_arguments()
        symbol.attr_dict()
        symbol.tojson()


class Checkpoints(Reader):
    name = "checkpoint"
    errors = (InputError,)

    def samples(self, scratch):
        weights = {"0.weight": np.ones((2, 3), "float32"), "0.bias": np.zeros(3, "float32")}
        progress = Progress(epoch=2, done=3, loss_sum=1.5, hits=4.0, examples=30, seconds=1.0)
        tree = {
            "run": "id",
            "results": [],
            "progress": progress.as_tree(),
            "learner": {"weights": weights, "optimizer": b"bytes"},
            "random": checkpoints.get_random_state(mx.cpu()),
        }
        path = scratch / "sample"
        checkpoints.write_checkpoint(path, tree)
        small = scratch / "small"
        checkpoints.write_checkpoint(small, {"progress": progress.as_tree(), "learner": {"weights": weights}})
        return [path.read_bytes(), small.read_bytes()]

    def sealed(self, content, chance):
        if chance.random() < 0.1 or len(content) < checkpoints.HEADER.size:
            return content
        body = content[checkpoints.HEADER.size :]
        seal = (checkpoints.MAGIC, checkpoints.FORMAT, len(body), checkpoints._digest(body))
        return checkpoints.HEADER.pack(*seal) + body

    def read(self, path):
        tree = checkpoints.read_checkpoint(path)
        before = checkpoints.get_random_state(mx.cpu())
        allowed = (
            mx.MXNetError,
            AttributeError,
            IndexError,
            KeyError,
            OverflowError,
            TypeError,
            ValueError,
            RuntimeError,
        )
        try:
            Progress.from_tree(tree["progress"], 2, 10, 100)
            checkpoints.set_random_state(tree["random"], mx.cpu())
            np.random.rand()
            mx.nd.random.uniform(shape=(2,)).asnumpy()
        except allowed:
            return  # what `resume` turns into one line
        finally:
            checkpoints.set_random_state(before, mx.cpu())


def config(scratch):
    """config.json of a run."""
    return {
        "format": 1,
        "id": "0" * 32,
        "settings": Settings("mlp", "sample", epochs=2, schedule="step", output="run").as_json(),
        "data": "sample",
        "images": {"train": 6000, "test": 1000, "shape": [1, 28, 28], "class_names": ["a", "b"]},
        "environment": {"torch": "2"},
    }


class Configs(Reader):
    name = "config.json"
    errors = (InputError,)

    def samples(self, scratch):
        return [json.dumps(config(scratch), indent=2).encode()]

    def read(self, path):
        run = open_run(path.parent)
        run.settings.completed(mx_model())
        sorted(run.config["images"]["class_names"])
        min(run.config["images"]["shape"][1:])


def mx_model():
    """A model to complete settings with."""
    from remxnet.experiments.models import MODELS

    return MODELS["mlp"]


class Metrics(Reader):
    name = "metrics.jsonl"
    errors = (InputError,)

    def samples(self, scratch):
        names = "train_loss train_accuracy test_loss test_accuracy seconds images_per_second learning_rate".split()
        lines = [json.dumps({"epoch": epoch, **dict.fromkeys(names, 0.5)}) + "\n" for epoch in (1, 2, 3)]
        return ["".join(lines).encode(), lines[0].encode()]

    def read(self, path):
        (path.parent / "config.json").write_text(json.dumps(config(path.parent)))
        run = open_run(path.parent)
        if run.results:
            f"{run.best.test_accuracy:.4f} {run.finished} {sum(result.seconds for result in run.results):.1f}"


class Comparisons(Reader):
    name = "compare.json"
    errors = (InputError,)

    def samples(self, scratch):
        settings = Settings("mlp", "sample", epochs=2).as_json()
        for own in ("model", "seed", "output"):
            del settings[own]
        network = {"label": "mlp", "model": "mlp:5x5", "description": "", "parameters": 5, "runs": {}}
        plan = {
            "format": 1, "families": ["mlp"], "budget": 20_000, "seeds": [0, 1], "settings": settings, "data": "sample",
            "images": {"shape": [1, 28, 28], "train": 6000, "test": 1000}, "environment": {}, "networks": [network],
        }  # fmt: skip
        return [json.dumps(plan).encode()]

    def read(self, path):
        read_plan(path.parent)


class Notebooks(Reader):
    name = "a.ipynb"
    errors = (InputError,)

    def samples(self, scratch):
        code = nbformat.v4.new_code_cell("!pip install d2l\nx = 1", metadata={"tags": ["parameters"]})
        code.outputs = [
            nbformat.v4.new_output("stream", text="1\n"),
            nbformat.v4.new_output("execute_result", {"text/plain": "1"}),
            nbformat.v4.new_output("error", ename="E", evalue="v", traceback=["t"]),
        ]
        new = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text"), code])
        output = {"output_type": "pyout", "prompt_number": 1, "text": ["1"], "metadata": {}}
        cell = {"cell_type": "code", "input": ["1"], "language": "python", "metadata": {}, "outputs": [output]}
        old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell]}]}
        oldest = {"nbformat": 2, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
        return [nbformat.writes(new).encode(), json.dumps(old).encode(), json.dumps(oldest).encode()]

    def read(self, path):
        for cell in code_cells(read_notebook(path)):
            without_provided_installs(cell.source)
            cell.title, cell.first_line, cell.stored.encode()


class Programs(Reader):
    name = "program.py"
    errors = (InputError,)

    def samples(self, scratch):
        source = "# coding: utf-8\nimport mxnet as mx, numpy as np\nx = mx.nd.onez(3) + np.float(2)  # é\n"
        return [f"{source}class A:\n    def f(self, F, *x):\n        return [F.relu(y) for y in x]\n".encode()]

    def read(self, path):
        check(list(parts_of(path)))


class ProgramsInCells(Programs):
    name = "program.ipynb"

    def samples(self, scratch):
        cells = ["!pip install mxnet\nimport mxnet as mx\nmx.onez?", "%%time\nmx.onez(3)", ["x = !ls\n", "mx.nd"]]
        code = [{"cell_type": "code", "source": each} for each in cells]
        old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "import mxnet\nmxnet.onez"}]}]}
        return [json.dumps({"cells": code, "nbformat": 4}).encode(), json.dumps(old).encode()]


class Zips(Reader):
    name = "a.zip"
    errors = (ValueError,)

    def samples(self, scratch):
        found = []
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            content = io.BytesIO()
            with zipfile.ZipFile(content, "w", method) as archive:
                archive.writestr("folder/a.txt", "text" * 100)
                archive.writestr("b.txt", "more")
            found.append(content.getvalue())
        return found

    def read(self, path):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            inside = Path(folder) / path.name
            inside.write_bytes(path.read_bytes())
            unpack(inside)


class Tars(Zips):
    name = "a.tar.gz"

    def samples(self, scratch):
        found = []
        for mode in ("w", "w:gz", "w:bz2", "w:xz"):
            content = io.BytesIO()
            with tarfile.open(fileobj=content, mode=mode) as archive:
                for name in ("folder/a.txt", "b.txt"):
                    member = tarfile.TarInfo(name)
                    member.size = 400
                    archive.addfile(member, io.BytesIO(b"text" * 100))
            found.append(content.getvalue())
        return found


class Images(Reader):
    name = "a.image"

    def samples(self, scratch):
        import cv2

        image = (np.arange(20 * 24 * 3) % 251).astype(np.uint8).reshape(20, 24, 3)
        kinds = [".png", ".jpg", ".bmp", ".webp", ".tiff", ".ppm"]
        return [cv2.imencode(kind, image)[1].tobytes() for kind in kinds]

    def read(self, path):
        mx.image.imread(str(path))
        mx.image.imdecode(path.read_bytes(), flag=0)


class Digits(Reader):
    name = "a-ubyte.gz"

    def samples(self, scratch):
        plain = b"\0\0\x08\x03" + struct.pack(">III", 2, 3, 4) + bytes(24)
        return [
            gzip.compress(plain, mtime=0),
            gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", 5) + bytes(5), mtime=0),
        ]

    def sealed(self, content, chance):
        if chance.random() < 0.5:
            return content
        return gzip.compress(content[:200], mtime=0)  # what is wrong is inside

    def read(self, path):
        idx.parse(idx.decompress(path, 1 << 20), path.name)


class Rows(Reader):
    name = "a.csv"

    def samples(self, scratch):
        return [b"1,2.5,-3\n4,5,6e3\n7,8,9\n", b"1,2,3"]

    def read(self, path):
        list(mx.io.CSVIter(data_csv=str(path), data_shape=(3,), batch_size=1))


class DigitsOfAnIterator(Reader):
    name = "images-idx3-ubyte"
    errors = (mx.MXNetError, StopIteration)

    def samples(self, scratch):
        self.labels = str(scratch / "labels-idx1-ubyte")
        Path(self.labels).write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 3]))
        return [bytes([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(range(16))]

    def read(self, path):
        list(mx.io.MNISTIter(image=str(path), label=self.labels, batch_size=2, silent=True))


class RecordsOfAnIterator(Reader):
    name = "images.rec"

    def samples(self, scratch):
        def save(path):
            with recordio.MXRecordIO(path, "w") as stream:
                for number in range(3):
                    pixels = np.full((6, 7, 3), 50 * number, np.uint8)
                    stream.write(recordio.pack_img((0, number, number, 0), pixels, 3, ".png"))

        return [saved(scratch, save)]

    def read(self, path):
        list(mx.io.ImageRecordIter(path_imgrec=str(path), data_shape=(3, 4, 4), batch_size=2, preprocess_threads=1))


class RecordsWithObjects(Reader):
    name = "objects.rec"
    errors = (mx.MXNetError, RuntimeError, ValueError, struct.error, StopIteration)

    def samples(self, scratch):
        def save(path):
            with recordio.MXRecordIO(path, "w") as stream:
                for number in range(3):
                    pixels = np.full((6, 7, 3), 50 * number, np.uint8)
                    label = [2, 5] + [number, 0.1, 0.1, 0.6, 0.7] * (number + 1)
                    stream.write(recordio.pack_img((0, label, number, 0), pixels, 3, ".png"))

        return [saved(scratch, save)]

    def read(self, path):
        crops = {"rand_crop_prob": 0.5, "crop_emit_mode": "overlap", "rand_pad_prob": 0.5, "max_pad_scale": 2.0}
        given = {"path_imgrec": str(path), "data_shape": (3, 4, 4), "batch_size": 2}
        for iterate in (
            lambda: list(mx.image.ImageDetIter(**given, rand_crop=0.5, rand_pad=0.5)),
            lambda: list(mx.io.ImageDetRecordIter(**given, **crops, preprocess_threads=1)),
        ):
            try:
                iterate()
            except self.errors as error:
                failed = error
            else:
                failed = None
        if failed is not None:
            raise failed


class Blocks(Reader):
    name = "net-model.json"

    def samples(self, scratch):
        self.net = mx.gluon.nn.HybridSequential()
        self.net.add(mx.gluon.nn.Dense(2, in_units=3), mx.gluon.nn.Dense(2, in_units=2))
        self.net.initialize()
        self.net.save(str(scratch / "net"))
        self.parameters = (scratch / "net-model.params").read_bytes()
        return [(scratch / "net-model.json").read_bytes()]

    def read(self, path):
        (path.parent / "net-model.params").write_bytes(self.parameters)
        self.net.load(str(path.parent / "net"))


class OnnxModels(Reader):
    name = "net.onnx"

    def samples(self, scratch):
        net = mx.sym.Convolution(mx.sym.Variable("data"), kernel=(2, 2), num_filter=2, name="conv")
        net = mx.sym.FullyConnected(mx.sym.Reshape(mx.sym.relu(net), shape=(0, -1)), num_hidden=2, name="fc")
        shapes = zip(net.list_arguments()[1:], net.infer_shape(data=(1, 1, 3, 3))[0][1:])
        mx.sym.topk(net, k=2).infer_shape(
            data=(1, 1, 3, 3)
        )  # torch loads more to tell shapes, which is no file's doing
        given = {name: mx.nd.ones(shape) for name, shape in shapes}
        fixed = partial(mx.onnx.export_model, net, given, [(1, 1, 3, 3)])
        lengths = {"dynamic": True, "dynamic_input_shapes": [("N", 1, 3, 3)]}
        return [saved(scratch, lambda path, more=more: fixed(onnx_file_path=path, **more)) for more in ({}, lengths)]

    def read(self, path):
        reading.read(reading.opened(path))


class Inspected(Reader):  # as `remxnet inspect` reads them: every kind, of one name
    name, errors = "looked-at", (InputError,)

    def samples(self, scratch):
        header = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
        tensors = struct.pack("<Q", len(header)) + header + bytes(24)
        return [*Params().samples(scratch), *Graphs().samples(scratch), tensors]

    def read(self, path):
        ending = {b"{": "-symbol.json", b"\x12": ".params"}.get(path.read_bytes()[:1], ".safetensors")
        str(inspect(path.rename(path.with_name(path.name + ending))))


class Broken(Reader):
    """A reader with every kind of fault, for the test of what finds them."""

    name = "broken"

    def samples(self, scratch):
        return [bytes(64)]

    def read(self, path):
        faults = [
            lambda: os.system("true"),
            lambda: open(path.parents[2] / "outside", "w").close(),
            lambda: __import__("this_is_none"),
            lambda: np.ones(200 << 20, np.uint8),
            lambda: list()[1],  # noqa: C408 - an error that no reader may raise
            lambda: pickle.loads(pickle.dumps(Path)),
            lambda: exec("1"),
            lambda: os.remove(path.parents[2] / "outside"),
            lambda: os._exit(3),
        ]
        content = path.read_bytes()
        if any(content):
            Broken.times += 1
            faults[Broken.times % len(faults)]()

    times = -1


class Samples(Reader):
    name = "a.libsvm"

    def samples(self, scratch):
        return [b"1 0:0.5 2:1.5\n-1 1:2\n0\n2 3:1 0:4 # words\n", b"1 3:1e-2\r\n2 0:7\r\n"]

    def read(self, path):
        for batch in mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(4,), batch_size=1):
            batch.data[0].asnumpy()


READERS = {
    cls.__name__.lower(): cls
    for cls in (
        Params, States, Embedding, Records, Index, Graphs, Checkpoints, Configs, Metrics, Comparisons, Notebooks, Zips,
        Tars, Images, OnnxModels, Inspected, Digits, Rows, Samples, DigitsOfAnIterator, RecordsOfAnIterator,
        RecordsWithObjects, Blocks, Broken,
    )
}  # fmt: skip
