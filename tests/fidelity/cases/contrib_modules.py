"""Modules of ``mxnet.contrib``: text, recording as it was first called, and drawing classes by Zipf's law."""

import collections
import os
import tempfile
import warnings

import numpy as np

from fidelity.tensor_support import outcomes

COUNTS = {"a": 1, "b": 2, "c": 3, "some_word$": 4, "z": 1, "e": 1}


def _counter():
    return collections.Counter(COUNTS)


def counting(mx):
    count = mx.contrib.text.utils.count_tokens_from_str
    text = " Life is great ! \n life is good . \n"
    earlier = collections.Counter({"life": 3, "x": 1})
    found = [
        count(text), count(text, to_lower=True), count(text, token_delim=".", seq_delim="g"),
        count(text, seq_delim="\\."), count(text, counter_to_update=earlier),
    ]  # fmt: skip
    return [sorted(each.items()) for each in found], found[-1] is earlier, type(found[0]).__name__


def vocabularies(mx):
    kind = mx.contrib.text.vocab.Vocabulary
    found = []
    for keywords in (
        {}, {"min_freq": 2}, {"min_freq": 100}, {"most_freq_count": 2}, {"most_freq_count": 0}, {"most_freq_count": -1},
        {"most_freq_count": 2, "reserved_tokens": ["<pad>"]}, {"reserved_tokens": ["b"]}, {"unknown_token": "a"},
        {"unknown_token": ("x",)}, {"unknown_token": "b", "reserved_tokens": ["c"]}, {"reserved_tokens": []},
        {"min_freq": 3, "most_freq_count": 1}, {"unknown_token": None},
    ):  # fmt: skip
        each = kind(_counter(), **keywords)
        found.append([len(each), each.idx_to_token, each.unknown_token, each.reserved_tokens])
        assert each.token_to_idx == {token: number for number, token in enumerate(each.idx_to_token)}
    each = kind(_counter(), min_freq=2)
    return [
        found, kind().idx_to_token, each.to_indices("c"), each.to_indices(["c", "zz", "b"]), each.to_indices([]),
        each.to_indices(5), each.to_indices(("c", "b")), each.to_tokens(1), each.to_tokens([1, 0, 2]),
        each.to_tokens(-1),
        outcomes(
            lambda: kind(_counter(), reserved_tokens=["x", "<unk>"]),
            lambda: kind(_counter(), reserved_tokens=["x", "x"]),
            lambda: kind(_counter(), min_freq=0),
            lambda: kind(COUNTS),
            lambda: each.to_tokens(9),
            lambda: each.to_tokens([1, 9]),
            lambda: each.to_tokens(1.0),
            lambda: each.to_tokens("1"),
            lambda: each.to_tokens(-9),
        ),
    ]  # fmt: skip


def _file(folder, content, name="vectors.txt", encoding="utf8"):
    path = os.path.join(folder, name)
    with open(path, "wb") as stream:
        stream.write(content.encode(encoding))
    return path


def _shown(embedding):
    return [
        len(embedding), embedding.vec_len, embedding.idx_to_token, embedding.unknown_token, embedding.reserved_tokens,
        embedding.idx_to_vec,
    ]  # fmt: skip


VECTORS = "a 0.1 0.2\nb 0.3 0.4\nc 0.5 0.6\n"


def embeddings_from_files(mx):
    text = mx.contrib.text
    words = text.vocab.Vocabulary(collections.Counter(["a", "zz", "c", "c"]), reserved_tokens=["<pad>"])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")

        def read(content, **keywords):
            return _shown(text.embedding.CustomEmbedding(_file(folder, content), **keywords))

        return [
            read(VECTORS),
            read("a 0.1 0.2\n<unk> 9 8\nb 1 1\n"),
            read("a 0.1 0.2\n<unk> 9 8\n<unk> 7 7\nb 1 1\n"),
            read("a 0.1 0.2\na 9 8\nb 1 1\n"),
            read("2 2\na 0.1 0.2\n"),
            read("a 0.1 0.2\nb 1\nc 2 3\n"),
            read("a,1,2\nb,3,4\n", elem_delim=","),
            read("a\t1\t2\nb\t3\t4\n", elem_delim="\t"),
            read("a 1 2 \nb 3 4 \n"),
            read(" 1 2\nb 3 4\n"),
            _shown(
                text.embedding.CustomEmbedding(_file(folder, "ä 1 2\nb 3 4\n", encoding="latin1"), encoding="latin1")
            ),
            read(VECTORS, init_unknown_vec=mx.nd.ones),
            read(VECTORS, vocabulary=words),
            read("a 0.1 0.2\n<unk> 9 8\nb 1 1\n", vocabulary=words),
            outcomes(
                lambda: read("a 0.1 0.2\nb 1 2 3\n"),
                lambda: read("a 0.1 0.2 3\nb 1 2\n"),
                lambda: read("a 0.1 x\nb 1 2\n"),
                lambda: read("a 1 2\n\nb 1 2\n"),
                lambda: text.embedding.CustomEmbedding(os.path.join(folder, "missing")),
            ),
        ]


def vectors_of_tokens(mx):
    text = mx.contrib.text
    with tempfile.TemporaryDirectory() as folder:
        made = text.embedding.CustomEmbedding(_file(folder, VECTORS))
        found = [
            made.get_vecs_by_tokens("a"), made.get_vecs_by_tokens(["a", "zz", "C"]),
            made.get_vecs_by_tokens(["a", "zz", "C"], lower_case_backup=True), made.get_vecs_by_tokens("C", True),
        ]  # fmt: skip
        for tokens, vectors in (
            ("a", [7, 7]), (["a", "b"], [[1, 2], [8, 8]]), ("<unk>", [3, 4]), ("b", [[7, 9]]), (["c"], [5, 6]),
        ):  # fmt: skip
            made.update_token_vectors(tokens, mx.nd.array(vectors))
            found.append(made.idx_to_vec.copy())
        found.append(
            outcomes(
                lambda: made.update_token_vectors("zz", mx.nd.array([7, 7])),
                lambda: made.update_token_vectors("a", mx.nd.array([7, 7, 7])),
                lambda: made.update_token_vectors("a", [7, 7]),
                lambda: made.update_token_vectors(["a", "b"], mx.nd.array([7, 7])),
            )
        )
        return found


def composite(mx):
    text = mx.contrib.text
    words = text.vocab.Vocabulary(collections.Counter(["a", "b", "zz"]))
    with tempfile.TemporaryDirectory() as folder:
        one = text.embedding.CustomEmbedding(_file(folder, VECTORS))
        other = text.embedding.CustomEmbedding(_file(folder, "b 1 2 3\n<unk> 4 5 6\n", "other.txt"))
        kind = text.embedding.CompositeEmbedding
        return [
            _shown(kind(words, [one, other])), _shown(kind(words, one)),
            outcomes(lambda: kind({"a": 1}, one), lambda: kind(words, [5])),
        ]  # fmt: skip


def names_of_embeddings(mx):
    embedding = mx.contrib.text.embedding

    class Mine(embedding._TokenEmbedding):
        pretrained_file_name_sha1 = {"f.txt": "x"}

        def __init__(self, pretrained_file_name="f.txt", **kwargs):
            super().__init__(**kwargs)
            self.asked = pretrained_file_name

    embedding.register(Mine)
    return [
        {name: embedding.get_pretrained_file_names(name) for name in ("glove", "fasttext", "mine")},
        sorted(embedding.get_pretrained_file_names()), embedding.create("mine").asked,
        embedding.create("Mine", pretrained_file_name="q", unknown_token="?").unknown_token,
        outcomes(
            lambda: embedding.create("nothing"),
            lambda: embedding.create("customembedding", pretrained_file_path="x"),
            lambda: embedding.get_pretrained_file_names("nothing"),
            lambda: embedding.register(int),
            lambda: embedding.create("glove", pretrained_file_name="nope"),
            lambda: embedding.FastText(pretrained_file_name="nope"),
        ),
    ]  # fmt: skip


def early_autograd(mx):
    early, x = mx.contrib.autograd, mx.nd.array([1, 2])
    flags = []

    def note():
        flags.append((mx.autograd.is_recording(), mx.autograd.is_training()))

    with early.train_section():
        note()
        with early.test_section():
            note()
        note()
    flags.append(early.set_is_training(True))
    note()
    flags.append(early.set_is_training(False))
    note()
    a, gradient = mx.nd.ones(2), mx.nd.zeros(2)
    early.mark_variables([a], [gradient])
    with early.train_section():
        y, z = a * 3, a * 4
    early.backward([y], retain_graph=True)
    first = gradient.copy()
    with early.train_section():
        y, z = a * 3, a * 4
    early.compute_gradient([y, z])
    other = mx.nd.array([3, 4])
    return [
        flags, first, gradient, early.grad(lambda x: x * x)(x), early.grad_and_loss(lambda x: x * x)(x),
        early.grad_and_loss(lambda a, b: a * b, argnum=1)(a, other),
        early.grad_and_loss(lambda a, b: [a * b, a + b], argnum=[0, 1])(a, other),
        outcomes(
            lambda: early.grad_and_loss(lambda a: a)(5),
            lambda: early.grad(lambda a: a, argnum=3)(a),
            lambda: early.backward(y),
        ),
    ]  # fmt: skip


def classes_by_zipf(mx):
    mx.random.seed(3)
    return [
        mx.nd.contrib.rand_zipfian(mx.nd.array([3, 0]), 6, 5), mx.nd.contrib.rand_zipfian(mx.nd.array([3, 0]), 4, 50),
        [each.tojson() for each in mx.sym.contrib.rand_zipfian(mx.sym.Variable("classes"), 4, 5)],
    ]  # fmt: skip


def short_modules(mx):
    import mxnet.contrib.ndarray as arrays
    import mxnet.contrib.symbol as symbols

    return [
        arrays.box_iou(mx.nd.array([[0, 0, 2, 2]]), mx.nd.array([[1, 1, 3, 3]])),
        symbols.box_iou(mx.sym.Variable("a"), mx.sym.Variable("b"), name="n").list_outputs(),
        mx.contrib.nd is arrays, mx.contrib.sym is symbols, callable(mx.contrib.tensorboard.LogMetricsCallback),
        np.shape(arrays.quadratic(mx.nd.ones(3), a=1, b=2, c=3)),
    ]  # fmt: skip
