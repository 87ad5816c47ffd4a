"""`.params` files byte for byte, RecordIO files byte for byte, and reading both."""

import os
import pickle
import struct
import tempfile

import numpy as np

from fidelity.support import data

DTYPES = ("float32", "float64", "float16", "uint8", "int8", "int32", "int64", "bool")
MAGIC = struct.pack("<I", 0xCED7230A)


def _saved(mx, content, save=None):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.params")
        (save or mx.nd.save)(path, content)
        with open(path, "rb") as stream:
            return stream.read()


def _array(shape, code, elements, magic=0xF993FAC9, device=(1, 0)):
    return struct.pack("<Iii%dqiii" % len(shape), magic, 0, len(shape), *(tuple(shape) + device + (code,))) + elements


def _file(arrays, names=()):
    head = struct.pack("<QQQ", 0x112, 0, len(arrays)) + b"".join(arrays) + struct.pack("<Q", len(names))
    return head + b"".join(struct.pack("<Q", len(name)) + name for name in names)


_THREE = np.array([1, 2, 3], "float32").tobytes()
_PLAIN = _array((3,), 0, _THREE)


def save_every_dtype(mx):
    return [_saved(mx, [mx.nd.array([1, 0, 1]).astype(dtype)]) for dtype in DTYPES]


def save_dict(mx):
    return _saved(mx, {"b": mx.nd.array(data((2, 3))), "a.weight": mx.nd.ones((1, 1, 2), dtype="float16")})


def save_list(mx):
    return _saved(mx, [mx.nd.array(data((2, 3))), mx.nd.array(data((4,)))])


def save_single_array(mx):
    return _saved(mx, mx.nd.array(data((2, 3))))


def save_other_device(mx):
    return _saved(mx, [mx.nd.ones((2,), ctx=mx.cpu(3))])


def save_name_beyond_ascii(mx):
    return _saved(mx, {"größe": mx.nd.ones((1,))})


def save_nothing(mx):
    return [_saved(mx, []), _saved(mx, {})]


def save_zero_size(mx):
    return _saved(mx, [mx.nd.array([])])


def save_numpy_shapes(mx):
    mx.npx.set_np()
    arrays = {"scalar": mx.np.array(3.0), "empty": mx.np.zeros((0, 3)), "flags": mx.np.ones((2,), dtype="bool")}
    return _saved(mx, arrays, mx.npx.save)


def save_text(mx):
    return _saved(mx, "text")


def save_numbers(mx):
    return _saved(mx, [3])


def save_number_as_name(mx):
    return _saved(mx, {3: mx.nd.ones((1,))})


def save_missing_folder(mx):
    mx.nd.save("/nonexistent/a.params", [mx.nd.ones((1,))])


def load_missing_file(mx):
    return mx.nd.load("/nonexistent/a.params")


def load_list_and_dict(mx):
    return [mx.nd.load_frombuffer(_file([_PLAIN])), mx.nd.load_frombuffer(_file([_PLAIN, _PLAIN], [b"x", b"y"]))]


def load_every_dtype(mx):
    return [
        mx.nd.load_frombuffer(_file([_array((2,), code, np.array([1, 0], dtype).tobytes())]))[0]
        for code, dtype in enumerate(("f4", "f8", "f2", "u1", "i4", "i1", "i8", "?"))
    ]


def load_without_storage_field(mx):
    return mx.nd.load_frombuffer(_file([struct.pack("<Iiqiii", 0xF993FAC8, 1, 3, 1, 0, 0) + _THREE]))


def load_before_the_magic(mx):
    return mx.nd.load_frombuffer(_file([struct.pack("<IIIiii", 2, 3, 1, 1, 0, 0) + _THREE], [b"old"]))


def load_other_device(mx):
    (array,) = mx.nd.load_frombuffer(_file([_array((3,), 0, _THREE, device=(2, 5))]))
    return array, str(array.context)


def pickle_every_dtype(mx):
    arrays = [mx.nd.array([1, 0, 1]).astype(dtype) for dtype in DTYPES]
    return [pickle.dumps(array, protocol) for array in arrays for protocol in (2, 4)]


def pickle_and_back(mx):
    arrays = {"a": mx.nd.array(data((2, 3))), "b": [mx.nd.ones((3, 1)), mx.nd.ones((1,), ctx=mx.cpu(1))]}
    back = pickle.loads(pickle.dumps(arrays, 4))
    return back, type(back["a"]).__name__, str(back["b"][1].context)


def pickle_numpy_shapes(mx):
    mx.npx.set_np()
    try:
        arrays = [mx.np.array(2.5), mx.np.array([1, 2, 3])]
        content = pickle.dumps(arrays, 4)
        back = pickle.loads(content)
        return content, type(back[0]).__module__, type(back[0]).__name__, [array.asnumpy() for array in back]
    finally:
        mx.npx.reset_np()


def pickle_damaged(mx):
    content = pickle.dumps(mx.nd.ones((3,)), 4)
    return pickle.loads(content.replace(b"\xc9\xfa\x93\xf9", b"\xc9\xfa\x93\x00"))


def states_of_an_updater(mx):
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5, momentum=0.5))
    updater(3, mx.nd.array(data((2, 3))), mx.nd.ones((2, 3)))
    content = pickle.dumps(updater.states, 4)
    again = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5, momentum=0.5))
    again.set_states(content)
    weight = mx.nd.ones((2, 3))
    again(3, mx.nd.array(data((2, 3))), weight)
    return content, updater.get_states(), again.states[3], weight


def load_trailing_bytes(mx):
    return mx.nd.load_frombuffer(_file([_PLAIN]) + b"more")


def load_zero_size(mx):
    return mx.nd.load_frombuffer(_file([_array((0, 3), 0, b"")]))


def load_same_name_twice(mx):
    return mx.nd.load_frombuffer(_file([_PLAIN, _PLAIN], [b"x", b"x"]))


def load_numpy_shapes(mx):
    mx.npx.set_np()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.params")
        mx.npx.save(path, {"scalar": mx.np.array(3.0), "empty": mx.np.zeros((0, 3))})
        return mx.npx.load(path)


def load_numpy_shapes_without_them(mx):
    return mx.nd.load_frombuffer(_file([_array((3,), 0, _THREE, magic=0xF993FACA)]))


def load_without_numpy_shapes_under_them(mx):
    mx.npx.set_np(shape=True, array=False)
    return mx.nd.load_frombuffer(_file([_PLAIN]))


def load_empty(mx):
    return mx.nd.load_frombuffer(b"")


def load_wrong_magic(mx):
    return mx.nd.load_frombuffer(b"\x13\x01" + bytes(30))


def load_truncated(mx):
    return mx.nd.load_frombuffer(_file([_PLAIN])[:-10])


def load_too_few_names(mx):
    return mx.nd.load_frombuffer(_file([_PLAIN, _PLAIN], [b"x"]))


def load_unknown_dtype(mx):
    return mx.nd.load_frombuffer(_file([_array((3,), 99, _THREE)]))


# --- RecordIO -----------------------------------------------------------------------------------------------------

_RECORDS = [b"abc", b"", b"abcd", MAGIC, b"abcd" + MAGIC + b"ef", MAGIC * 2, b"a" + MAGIC + b"xyz", MAGIC + b"x"]


def _recorded(mx, records):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.rec")
        writer = mx.recordio.MXRecordIO(path, "w")
        for record in records:
            writer.write(record)
        writer.close()
        with open(path, "rb") as stream:
            return stream.read()


def _read(mx, content):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.rec")
        with open(path, "wb") as stream:
            stream.write(content)
        reader = mx.recordio.MXRecordIO(path, "r")
        records = []
        while True:
            record = reader.read()
            if record is None:
                break
            records.append(record)
        reader.reset()
        first = reader.read()
        again = pickle.loads(pickle.dumps(reader))
        out = [records, first, again.read(), again.flag, again.is_open, again.writable]
        reader.close()
        again.close()
        return out


def record_bytes(mx):
    return _recorded(mx, _RECORDS)


def record_reading(mx):
    return _read(mx, _recorded(mx, _RECORDS))


def record_text_is_refused(mx):
    return _recorded(mx, ["text"])


def record_unknown_flag(mx):
    return mx.recordio.MXRecordIO("a.rec", "a")


def record_missing_file(mx):
    return mx.recordio.MXRecordIO("/nonexistent.rec", "r")


def record_wrong_magic(mx):
    return _read(mx, b"abcdefghijkl")


def record_truncated(mx):
    return _read(mx, MAGIC + struct.pack("<I", 100) + b"abc")


def record_half_a_header(mx):
    return _read(mx, MAGIC)


def indexed_records(mx):
    with tempfile.TemporaryDirectory() as folder:
        paths = os.path.join(folder, "a.idx"), os.path.join(folder, "a.rec")
        writer = mx.recordio.MXIndexedRecordIO(*(paths + ("w",)))
        places = []
        for key in (4, 0, 2):
            writer.write_idx(key, b"record %d" % key)
            places.append(writer.tell())
        writer.close()
        with open(paths[0]) as stream:
            index = stream.read()
        reader = mx.recordio.MXIndexedRecordIO(*(paths + ("r",)))
        out = [places, index, reader.keys, reader.read_idx(2), reader.read_idx(4), reader.read()]
        reader.close()
        return out


def indexed_missing_key(mx):
    with tempfile.TemporaryDirectory() as folder:
        paths = os.path.join(folder, "a.idx"), os.path.join(folder, "a.rec")
        mx.recordio.MXIndexedRecordIO(*(paths + ("w",))).close()
        return mx.recordio.MXIndexedRecordIO(*(paths + ("r",))).read_idx(1)


def _packed(mx, label):
    packed = mx.recordio.pack(mx.recordio.IRHeader(7, label, 2**40, 9), b"xyz")
    header, content = mx.recordio.unpack(packed)
    return packed, header.flag, header.label, header.id, header.id2, content


def pack_labels(mx):
    labels = (3, 2.5, [1, 2, 3], (1, 2), np.array([1, 2]), np.float32(2), np.int64(4), np.ones((2, 2)))
    return [_packed(mx, label) for label in labels]


def pack_header_text(mx):
    return repr(mx.recordio.IRHeader(0, 1.5, 2, 3))


def pack_text_label(mx):
    return _packed(mx, "a")


def unpack_too_short(mx):
    return mx.recordio.unpack(b"short")


def unpack_too_few_labels(mx):
    return mx.recordio.unpack(struct.pack("IfQQ", 100, 0, 0, 0) + b"abcd")


def image_records(mx):
    image = data((4, 5, 3), low=0, high=256, dtype="uint8")
    record = mx.recordio.pack_img(mx.recordio.IRHeader(0, 1, 2, 3), image, quality=3, img_fmt=".png")
    header, back = mx.recordio.unpack_img(record)
    return header.label, back, mx.recordio.unpack_img(record, iscolor=0)[1], mx.recordio.unpack_img(record, 1)[1]


def image_record_that_is_none(mx):
    return mx.recordio.unpack_img(mx.recordio.pack(mx.recordio.IRHeader(0, 1, 2, 3), b"no image"))[1]
