"""Small modules around the arrays: features, bulk sizes, error classes, C types, spaces, schedulers, text sets."""

import array
import collections
import ctypes
import importlib
import logging
import os
import tempfile
import warnings

import numpy as np

from fidelity.tensor_support import outcomes


def features(mx):
    found = mx.runtime.Features()
    return [
        list(found), found is mx.runtime.Features(), found.is_enabled("tvm_op"), found["CAFFE"].name,
        found["CAFFE"].enabled, repr(found["CAFFE"]), str(found).count(","), isinstance(found, collections.OrderedDict),
        [each.name for each in mx.runtime.feature_list()], type(found["CUDA"]).__name__,
        outcomes(lambda: found.is_enabled("nothing"), lambda: found["nothing"]),
    ]  # fmt: skip


def bulk_sizes(mx):
    engine = mx.engine
    before = engine.set_bulk_size(15)
    with engine.bulk(3):
        inside = engine.set_bulk_size(4)
    found = [inside, engine.set_bulk_size(10), engine.set_bulk_size(0), engine.set_bulk_size(0)]
    engine.set_bulk_size(before)
    return [found, outcomes(lambda: engine.set_bulk_size("a"), lambda: engine.set_bulk_size(1.5))]


def what_cannot_be_loaded(mx):
    return outcomes(
        lambda: mx.library.load("missing.so"),
        lambda: mx.library.load(__file__),
        lambda: mx.libinfo.find_conf_path(),
    )


def paths_and_versions(mx):
    return [
        mx.libinfo.__version__, all(os.path.exists(each) for each in mx.libinfo.find_lib_path()),
        isinstance(mx.libinfo.find_include_path(), str),
    ]  # fmt: skip


def schedulers_of_iterations(mx):
    misc = importlib.import_module("mxnet.misc")
    each = misc.FactorScheduler(5, 0.5)
    logged = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        before = dict(vars(each))
        each.base_lr = 0.1
        rates = [each(number) for number in range(0, 20, 3)]
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return [
        before, rates, logged, misc.FactorScheduler(3).factor, misc.LearningRateScheduler().base_lr,
        outcomes(
            lambda: misc.FactorScheduler(0), lambda: misc.FactorScheduler(1, 1.5), lambda: misc.FactorScheduler(1, 1.0),
            lambda: misc.LearningRateScheduler()(3),
        ),
    ]  # fmt: skip


def spaces_of_choices(mx):
    space = importlib.import_module("mxnet.space")
    options = space.OtherOptionSpace([3, 4])
    each = space.ConfigSpace({"a": options, "b": space.OtherOptionSpace(["x"])}, {"a": space.OtherOptionEntity(3)})
    many = space.ConfigSpaces()
    many["f"] = each
    again = space.ConfigSpaces.from_json_dict(many.to_json_dict())
    return [
        repr(options), len(options), len(each), repr(each), each.to_json_dict(), repr(many), len(many),
        many.to_json_dict(), repr(again), again.to_json_dict(),
        repr(space.ConfigSpace.from_json_dict({"e": [], "s": []})),
        outcomes(lambda: space.ConfigSpace.from_json_dict({})),
    ]  # fmt: skip


def error_classes(mx):
    error = importlib.import_module("mxnet.error")

    @error.register
    class ShapeError(mx.MXNetError):
        pass

    named = error.register("some.Name")
    types = mx.base.error_types
    try:
        return [
            types["ShapeError"] is ShapeError, named(ShapeError) is ShapeError, types["some.Name"] is ShapeError,
            mx.base.register_error("other.Name", ShapeError) is ShapeError, types["other.Name"] is ShapeError,
            types["InternalError"] is error.InternalError, sorted(types)[:4],
            issubclass(error.InternalError, mx.MXNetError),
            str(error.InternalError("what")).splitlines()[0],
            mx.base.c2pyerror("MyError: hello"), mx.base.c2pyerror("hello"),
            mx.base.c2pyerror("[00:00:00] src/x.cc:3: Check failed: x"), mx.base.check_call(0),
        ]  # fmt: skip
    finally:
        for name in ("ShapeError", "some.Name", "other.Name"):
            del types[name]


def c_types(mx):
    base = mx.base
    chars = (ctypes.c_char * 4)(*b"abcd")
    floats = (ctypes.c_float * 4)(1, 2, 3, 4)
    return [
        base.c_str("abc").value, list(base.c_str_array(["a", "b"])), list(base.c_array(base.mx_uint, [1, 2])),
        list(base.c_array_buf(base.mx_uint, array.array("I", [1, 2]))),
        bytes(base.ctypes2buffer(ctypes.cast(chars, ctypes.POINTER(ctypes.c_char)), 3)),
        base.ctypes2numpy_shared(ctypes.cast(floats, base.mx_float_p), (2, 2)).copy(),
        [each.__name__ for each in (base.mx_int, base.mx_uint, base.mx_float, base.NDArrayHandle, base.SymbolHandle)],
        base.build_param_doc(["a", "b", "a"], ["int", "float", "x"], ["the a", "", "again"]),
        base.build_param_doc(["a", "a"], ["int", "x"], ["the a", "again"], False),
        base.build_param_doc(["num_args"], ["int"], ["x"]), base.long is int, base.basestring is str,
        [name for name, *_ in base.MXCallbackList._fields_], base._as_list(3), base._as_list((3,)),
        len(base.c_handle_array([])),
        outcomes(lambda: base.ctypes2buffer(chars, 3), lambda: base.ctypes2numpy_shared(floats, (2, 2))),
    ]  # fmt: skip


def a_base_that_gives_a_metaclass(mx):
    class Named(type):
        def __new__(cls, name, bases, space):
            space["made_by"] = cls.__name__
            return super().__new__(cls, name, bases, space)

    class Table(mx.base.with_metaclass(Named, dict)):
        pass

    return [Table.made_by, type(Table).__name__, [each.__name__ for each in Table.__mro__], Table(a=1)]


def options_of_ufuncs(mx):
    util = mx.util
    pairs = [
        ("where", True), ("where", False), ("casting", "same_kind"), ("casting", "x"), ("order", "K"), ("order", "C"),
        ("subok", True), ("subok", False), ("other", 1), ("dtype", "float32"), ("dtype", "x"),
    ]  # fmt: skip

    @util.wrap_np_unary_func
    def one(x, out=None, **kwargs):
        return [x, out]

    @util.wrap_np_binary_func
    def two(x1, x2, out=None, **kwargs):
        return [x1, x2, out]

    return [
        [util.np_ufunc_legal_option(*pair) for pair in pairs], one(1), one(1, where=True), one(1, out=(2,)),
        one(1, (2,)), two(1, 2), two(1, 2, where=True, order="K"), two(1, 2, (3,)), two(1, 2, out=3),
        outcomes(
            lambda: one(1, where=False), lambda: one(1, other=3), lambda: one(1, casting="x"), lambda: one(1, 2, 3),
            lambda: one(1, dtype="int8"), lambda: one(1, subok=False), lambda: two(1), lambda: two(1, 2, where=False),
            lambda: two(1, 2, order="F"), lambda: two(1, 2, 3, 4),
            lambda: util.get_cuda_compute_capability(mx.cpu()),
        ),
    ]  # fmt: skip


def shapes_for_docstrings(mx):
    doc = importlib.import_module("mxnet.symbol_doc")
    dense = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="dense")
    return doc.SymbolDoc.get_output_shape(dense, x=(2, 4))


def servers(mx):
    server = mx.kvstore.KVStoreServer(mx.kv.create("local"))
    return [
        server.init_logginig, callable(server._controller()), mx.kvstore.kvstore.KVStore is mx.kvstore.KVStore,
        mx.kvstore.kvstore_server.KVStoreServer is mx.kvstore.KVStoreServer,
    ]  # fmt: skip


def callbacks_of_loggers(mx):
    callback = importlib.import_module("mxnet.notebook.callback")

    class Logger:
        def __init__(self, found):
            self.found = found

        def callback_args(self):
            return self.found

    return [
        callback.args_wrapper(Logger({"a": 1}), Logger({"a": 2, "b": 3})), callback.args_wrapper(),
    ]  # fmt: skip


def models_that_are_not_listed(mx):
    return mx.test_utils.download_model("missing", "folder", {})


WORDS = " \n = Title = \n \n the cat sat , <unk> on the mat . \n the dog ran \n a  b\tc \n"
OTHER_WORDS = "the zebra sat on \n a mat \n x y z\n"


def wikitext(mx):
    text = importlib.import_module("mxnet.gluon.contrib.data.text")
    checked, text.check_sha1 = text.check_sha1, lambda *args: True
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (("train", WORDS), ("valid", WORDS), ("test", OTHER_WORDS)):
                with open(os.path.join(folder, f"wiki.{name}.tokens"), "w", encoding="utf8") as stream:
                    stream.write(content)
            words = text.WikiText2(folder, "train", seq_len=4)
            other = text.WikiText2(folder, "test", vocab=words.vocabulary, seq_len=3)
            long = text.WikiText103(folder, segment="validation", seq_len=100)
            return [
                len(words), words[0], words[-1], words[0:2], [words[number][1] for number in range(5)],
                words.vocabulary.idx_to_token, sorted(words.frequencies.items()), len(other),
                [other[number] for number in range(3)], sorted(other.frequencies.items()), len(long),
                words.transform(lambda data, label: label - data)[0], words._segment, words._seq_len,
                outcomes(lambda: text.WikiText2(folder, "missing"), lambda: words[100], lambda: long[0]),
            ]  # fmt: skip
    finally:
        text.check_sha1 = checked


def backends_of_graphs(mx):
    dense = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="dense")
    x = mx.nd.array(np.arange(8).reshape(2, 4))
    given = {"x": x, "dense_weight": mx.nd.ones((3, 4)), "dense_bias": mx.nd.ones(3)}
    found = [
        dense.optimize_for("MKLDNN"), dense.get_backend_symbol("MKLDNN_QUANTIZE"), dense.optimize_for("missing"),
        dense.optimize_for("MKLDNN", given, {}, mx.cpu(), {"x": (2, 4)}, {"x": "float32"}, {}, False),
    ]  # fmt: skip
    return [
        [each.list_arguments() for each in found], [each.eval(ctx=mx.cpu(), **given)[0] for each in found],
        outcomes(
            lambda: dense.optimize_for("default"), lambda: dense.get_backend_symbol("missing"),
            lambda: dense.get_backend_symbol("default"),
        ),
    ]  # fmt: skip


def downloads_warn_of_nothing(mx):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return importlib.import_module("mxnet.gluon.contrib.data._constants").EOS_TOKEN
