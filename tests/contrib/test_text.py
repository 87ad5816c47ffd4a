"""Embeddings from files: where they are looked for, and files that are none."""

import pytest

import mxnet as mx
from mxnet.contrib import text
from mxnet.contrib.text import embedding


@pytest.mark.parametrize(
    ("kind", "folder", "name"),
    [(embedding.GloVe, "glove", "glove.6B.50d.txt"), (embedding.FastText, "fasttext", "wiki.simple.vec")],
)
def test_a_known_file_is_read_from_where_mxnet_put_it(tmp_path, kind, folder, name):
    with pytest.raises(FileNotFoundError, match=rf"{name} is not there, and nothing is downloaded; put the file"):
        kind(pretrained_file_name=name, embedding_root=str(tmp_path))
    (tmp_path / folder).mkdir()
    (tmp_path / folder / name).write_text("hello 1 2\nworld 3 4\n", encoding="utf-8")
    made = kind(pretrained_file_name=name, embedding_root=str(tmp_path))
    assert made.get_vecs_by_tokens(["world", "?"]).asnumpy().tolist() == [[3, 4], [0, 0]]
    assert text.embedding.create(
        folder, pretrained_file_name=name, embedding_root=str(tmp_path)
    ).idx_to_token == ["<unk>", "hello", "world"]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("", ValueError, "no line has a token and a vector of at least two elements"),
        ("a 1\nb 2\n", ValueError, "no line has a token and a vector"),
        ("<unk> 1 2\n", ValueError, "no line has a token and a vector"),
        ("a 1 2\n<unk> 1\n", AssertionError, "'<unk>' has a vector of 1; expected 2 elements"),
        ("a 1 2\nb 1 2 3\n", AssertionError, "line 2: 'b' has a vector of 3; expected 2 elements"),
        ("a 1 x\n", ValueError, "line 1: could not convert string to float"),
        ("a 1 2\n\n", AssertionError, r"line 2: '\\n' is no token and a vector after it"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*passed over")
def test_a_file_that_is_no_embedding_is_an_error_that_says_where(tmp_path, content, error, message):
    path = tmp_path / "vectors.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error, match=message):
        embedding.CustomEmbedding(str(path))


def test_a_line_without_end_is_refused_before_it_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "_LONGEST_LINE", 100)
    path = tmp_path / "vectors.txt"
    path.write_text("a " + "1 " * 1000, encoding="utf-8")
    with pytest.raises(AssertionError, match="line 1: it has more than 100 characters"):
        embedding.CustomEmbedding(str(path))


def test_what_is_passed_over_is_told_with_its_line(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("2 2\na 1 2\na 3 4\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="passed over") as caught:
        embedding.CustomEmbedding(str(path))
    first, second = (str(each.message) for each in caught)
    assert "line 1: token '2' has a vector of one element" in first
    assert "line 3: token 'a' has a vector already" in second


def test_vectors_are_of_numpys_kind_where_arrays_are(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("a 1 2\n", encoding="utf-8")
    with mx.util.np_array(True):
        made = embedding.CustomEmbedding(str(path))
        assert type(made.idx_to_vec) is mx.np.ndarray and type(made.get_vecs_by_tokens("a")) is mx.np.ndarray
        made.update_token_vectors("a", mx.np.array([3, 4]))
        assert made.get_vecs_by_tokens("a").tolist() == [3, 4]


def test_an_embedding_that_read_nothing_says_so():
    with pytest.raises(ValueError, match="no vectors have been read"):
        embedding._TokenEmbedding().get_vecs_by_tokens("a")
