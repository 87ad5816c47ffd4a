"""Data sets of images in folders, RecordIO files and CIFAR's archives."""

import io
import tarfile

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import DataLoader
from mxnet.gluon.data.vision import CIFAR10, CIFAR100, MNIST, ImageFolderDataset, ImageRecordDataset, datasets

PICTURE = (np.arange(6 * 5 * 3) % 256).astype("uint8").reshape(6, 5, 3)


def encoded(suffix=".png"):
    cv2 = pytest.importorskip("cv2")
    return cv2.imencode(suffix, PICTURE[..., ::-1])[1].tobytes()


@pytest.fixture
def folder(tmp_path):
    for name in ("b/2.png", "b/1.PNG", "a/x.png", "a/notes.txt", "c/deeper/z.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded())
    (tmp_path / "top.txt").write_text("no folder")
    return tmp_path


def test_folders_are_classes(folder):
    with pytest.warns(UserWarning, match="is left out") as warned:
        images = ImageFolderDataset(str(folder))
    left_out = [str(w.message).split()[1] for w in warned]
    assert left_out == [str(folder / name) for name in ("a/notes.txt", "c/deeper", "top.txt")]
    assert images.synsets == ["a", "b", "c"]
    assert [(path.rsplit("/", 1)[1], label) for path, label in images.items] == [
        ("x.png", 0),
        ("1.PNG", 1),
        ("2.png", 1),
    ]
    image, label = images[1]
    np.testing.assert_array_equal(image.asnumpy(), PICTURE)
    assert label == 1 and len(images) == 3


@pytest.mark.filterwarnings("ignore:ImageFolderDataset")
def test_folder_options(folder):
    assert ImageFolderDataset(str(folder), flag=0)[0][0].shape == (6, 5, 1)
    assert ImageFolderDataset(str(folder), transform=lambda x, y: (x.shape, y + 10))[2] == ((6, 5, 3), 11)
    with pytest.raises(FileNotFoundError):
        ImageFolderDataset(str(folder / "none"))
    (folder / "b/2.png").write_bytes(b"no image")
    with pytest.raises(mx.MXNetError, match=r"b/2.png' is no image that OpenCV can decode"):
        ImageFolderDataset(str(folder))[2]


@pytest.mark.parametrize("workers", [0, 2])
def test_records_of_images(tmp_path, workers):
    with mx.recordio.MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w") as record:
        for i in range(4):
            record.write_idx(i, mx.recordio.pack(mx.recordio.IRHeader(0, i, i, 0), encoded()))
        record.write_idx(4, mx.recordio.pack(mx.recordio.IRHeader(0, [1, 2], 4, 0), encoded()))
    images = ImageRecordDataset(str(tmp_path / "a.rec"))
    assert len(images) == 5 and images[3][1] == 3.0 and images[4][1].tolist() == [1, 2]
    np.testing.assert_array_equal(images[0][0].asnumpy(), PICTURE)
    assert ImageRecordDataset(str(tmp_path / "a.rec"), flag=0)[0][0].shape == (6, 5, 1)
    assert ImageRecordDataset(str(tmp_path / "a.rec"), transform=lambda x, y: y * 2)[2] == 4.0
    batches = list(DataLoader(images.take(4), 2, num_workers=workers))
    assert [labels.asnumpy().tolist() for _, labels in batches] == [[0, 1], [2, 3]]
    assert batches[0][0].shape == (2, 6, 5, 3)


def archive(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-100-binary/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


@pytest.fixture
def unchecked(monkeypatch):
    monkeypatch.setattr(datasets, "check_sha1", lambda *_: True)


def test_cifar_is_taken_out_of_its_archive(tmp_path, unchecked):
    rows = np.arange(3 * 3074, dtype="int64").astype("uint8").reshape(3, 3074)
    archive(tmp_path / "cifar-100-binary.tar.gz", {"train.bin": rows.tobytes(), "test.bin": rows.tobytes(), "x": b"x"})
    images = CIFAR100(str(tmp_path), fine_label=True)
    assert len(images) == 3 and images[2][1] == rows[2, 1]
    np.testing.assert_array_equal(images[2][0].asnumpy(), rows[2, 2:].reshape(3, 32, 32).transpose(1, 2, 0))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("files", "problem"),
    [({"train.bin": b"x"}, "does not hold test.bin"), ({"train.bin": b"x", "test.bin": b"x"}, "holds 1 bytes")],
)
def test_incomplete_archives(tmp_path, unchecked, files, problem):
    archive(tmp_path / "cifar-100-binary.tar.gz", files)
    with pytest.raises(mx.MXNetError, match=problem):
        CIFAR100(str(tmp_path))


def test_archive_that_is_none(tmp_path, unchecked):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"no archive")
    with pytest.raises(mx.MXNetError, match=r"cannot unpack .*cifar-10-binary.tar.gz'"):
        CIFAR10(str(tmp_path))


@pytest.mark.parametrize("kind", [MNIST, CIFAR10, CIFAR100])
def test_files_with_other_sums_are_refused_and_stay(tmp_path, kind):
    name = (
        "train-images-idx3-ubyte.gz"
        if kind is MNIST
        else f"{kind.__name__[:5].lower()}-{kind.__name__[5:]}-binary.tar.gz"
    )
    (tmp_path / name).write_bytes(b"other")
    with pytest.raises(
        mx.MXNetError, match="is damaged: its SHA-1 sum is not .*; remove the file to have it downloaded"
    ):
        kind(str(tmp_path))
    assert (tmp_path / name).read_bytes() == b"other"


@pytest.mark.parametrize("kind", [MNIST, CIFAR10])
def test_no_server(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9")
    with pytest.raises(mx.MXNetError, match="failed downloading http://127.0.0.1:9/gluon/dataset/"):
        kind(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
