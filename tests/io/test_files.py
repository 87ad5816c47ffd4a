"""Iterators over files: damaged ones, parameters that do not fit, parts, threads, and what is drawn at random."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

import mxnet as mx

cv2 = pytest.importorskip("cv2")


@pytest.fixture
def records(tmp_path):
    """A file of 23 images of 12 × 16 pixels, the label of each in all of its pixels."""
    with mx.recordio.MXIndexedRecordIO(str(tmp_path / "a.idx"), str(tmp_path / "a.rec"), "w") as record:
        for number in range(23):
            pixels = np.full((12, 16, 3), number, np.uint8)
            pixels[:, :8] += 100  # so that mirroring can be seen
            record.write_idx(number, mx.recordio.pack_img((0, number, number, 0), pixels, 3, ".png"))
    return str(tmp_path / "a.rec")


def images(path, **parameters):
    given = {"path_imgrec": path, "data_shape": (3, 8, 8), "batch_size": 4, **parameters}
    return mx.io.ImageRecordIter(**given)


def labels(batches):
    return [int(each) for batch in batches for each in batch.label[0].asnumpy()[: 4 - batch.pad]]


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("parts", [1, 2, 5, 23])
def test_parts_are_the_whole(records, parts, indexed):
    more = {"path_imgidx": records[:-3] + "idx"} if indexed else {}
    found = [
        each
        for part in range(parts)
        for each in labels(images(records, num_parts=parts, part_index=part, round_batch=False, **more))
    ]
    assert found == list(range(23))


def test_a_part_that_is_not(records):
    with pytest.raises(mx.MXNetError, match="part_index=2 with num_parts=2; expected 0 to 1"):
        images(records, num_parts=2, part_index=2)


def test_threads_make_no_difference(records):
    random = {
        "rand_crop": True, "rand_mirror": True, "brightness": 0.3, "contrast": 0.3, "saturation": 0.3, "pca_noise": 0.1,
        "random_h": 9, "random_s": 9, "random_l": 9, "max_rotate_angle": 20, "max_random_scale": 1.2,
        "min_random_scale": 0.8, "max_shear_ratio": 0.1, "max_aspect_ratio": 0.2, "max_random_contrast": 0.1,
        "max_random_illumination": 4, "inter_method": 10, "shuffle": True, "seed": 5,
    }  # fmt: skip
    first, second, other = (
        [batch.data[0].asnumpy() for batch in images(records, **{**random, **more})]
        for more in ({"preprocess_threads": 1}, {"preprocess_threads": 8}, {"seed_aug": 6})
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_random_rectangles_lie_within_the_image(records):
    area = {"random_resized_crop": True, "min_random_area": 0.1, "max_random_area": 0.5, "max_aspect_ratio": 0.3}
    for batch in images(records, **area):
        for number, image in zip(batch.label[0].asnumpy(), batch.data[0].asnumpy()):
            assert set(np.unique(image)) <= set(range(int(number), int(number) + 101))


def test_half_of_the_images_are_mirrored(records):
    mirrored = [
        image[0, 0, 0] < image[0, 0, -1]
        for _ in range(3)
        for batch in images(records, rand_mirror=True, seed=_)
        for image in batch.data[0].asnumpy()
    ]
    assert 0.3 < np.mean(mirrored) < 0.7


def test_what_fills_a_last_batch_does_not_count(records):
    last = list(images(records, round_batch=False))[-1]
    assert last.pad == 1
    assert labels([last]) == [20, 21, 22]
    assert not last.data[0][3].asnumpy().any()


def test_a_mean_image(records, tmp_path):
    path = str(tmp_path / "mean.nd")
    mx.nd.save(path, {"mean_img": mx.nd.full((3, 8, 8), 50)})
    plain, less = next(images(records)), next(images(records, mean_img=path))
    assert np.array_equal(less.data[0].asnumpy(), plain.data[0].asnumpy() - 50)
    mx.nd.save(path, {"mean_img": mx.nd.zeros((3, 4, 4))})
    with pytest.raises(mx.MXNetError, match="no array mean_img of the shape"):
        images(records, mean_img=path)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"inter_method": 7}, "inter_method=7; expected 0 to 4, 9 or 10"),
        ({"aug_seq": "aug_own"}, "aug_seq='aug_own'"),
        ({"label_width": 0}, "label_width=0; expected 1 to"),
        ({"data_shape": (2, 8, 8)}, "expected 1, 3 or 4 channels"),
        ({"batch_size": 0}, "batch_size=0; expected 1 or more"),
        ({"rand_crop": 3.5}, "rand_crop=3.5; expected bool"),
        ({"path_imgrec": "nowhere.rec"}, "cannot read 'nowhere.rec': No such file"),
        ({"path_imglist": "nowhere.lst"}, "cannot read 'nowhere.lst'"),
    ],
)
def test_parameters_that_do_not_fit(records, wrong, text):
    with pytest.raises(mx.MXNetError, match=text):
        images(records, **wrong)


def test_a_record_that_is_no_image(tmp_path):
    path = str(tmp_path / "a.rec")
    with mx.recordio.MXRecordIO(path, "w") as record:
        record.write(mx.recordio.pack((0, 1, 0, 0), b"no image"))
    with pytest.raises(mx.MXNetError, match="record 0 of .* is no image"):
        images(path, batch_size=1)


def test_a_record_shorter_than_its_header(tmp_path):
    path = str(tmp_path / "a.rec")
    with mx.recordio.MXRecordIO(path, "w") as record:
        record.write(b"short")
    with pytest.raises(mx.MXNetError, match="record 0 of .*a record starts with a header"):
        images(path, batch_size=1)


def test_an_index_of_another_file(records, tmp_path):
    for text, words in (("0\t999999\n", "does not have"), ("0 1\n", "cannot read"), ("0\t-5\n", "does not have")):
        (tmp_path / "b.idx").write_text(text)
        with pytest.raises(mx.MXNetError, match=words):
            images(records, path_imgidx=str(tmp_path / "b.idx"))


def test_a_record_that_is_cut_short(records):
    with open(records, "r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(mx.MXNetError, match="RecordIO: .*more than the file holds|no valid record|ends within"):
        list(images(records))


def test_parameters_by_position_and_unknown_ones(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n")
    with pytest.raises(mx.MXNetError, match="takes its parameters by name"):
        mx.io.CSVIter(str(path), (2,), 1)
    with pytest.warns(UserWarning, match="CSVIter: there is no parameter shuffle; it is ignored"):
        mx.io.CSVIter(data_csv=str(path), data_shape=(2,), batch_size=1, shuffle=True)


def test_a_folder_of_csv_files(tmp_path):
    for name, text in (("b.csv", "3\n"), ("a.csv", "1\r\n2\r\n")):
        (tmp_path / name).write_text(text)
    batch = next(mx.io.CSVIter(data_csv=str(tmp_path), data_shape=(1,), batch_size=3))
    assert batch.data[0].asnumpy().ravel().tolist() == [1, 2, 3]


def test_mnist_as_it_is_distributed(tmp_path):
    for name, shape in (("images", (3, 2, 2)), ("labels", (3,))):
        head = bytes([0, 0, 8, len(shape)]) + b"".join(length.to_bytes(4, "big") for length in shape)
        with gzip.open(tmp_path / f"{name}.gz", "wb") as stream:
            stream.write(head + bytes(range(int(np.prod(shape)))))
    paths = {name: str(tmp_path / f"{name}s.gz") for name in ("image", "label")}
    batch = next(mx.io.MNISTIter(**paths, batch_size=3, shuffle=False, silent=True))
    assert (batch.data[0].asnumpy().ravel() * 256).tolist() == list(range(12))
    with pytest.raises(mx.MXNetError, match="expected 3 axes"):
        mx.io.MNISTIter(image=paths["label"], label=paths["label"], silent=True)
    with pytest.raises(mx.MXNetError, match=r"is not an IDX file|holds"):
        (tmp_path / "bad").write_bytes(b"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
        mx.io.MNISTIter(image=str(tmp_path / "bad"), label=paths["label"], silent=True)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("1 0:0.5 x:1.5\n", "line 1 of .* is no label and pairs such as 3:0.5"),
        ("1\n2 qid:3 0:1\n", "line 2 of .* is no label and pairs"),
        ("1 0\n", "line 1 of .* is no label and pairs"),
        ("1 9:0.5\n", "has indices from 9 to 9; expected 0 to 3"),
        ("1 -1:0.5\n", "has indices from -1 to -1"),
        ("# nothing\n", "has no samples"),
    ],
)
def test_samples_of_another_kind_are_errors(tmp_path, content, text):
    path = tmp_path / "a.libsvm"
    path.write_text(content)
    with pytest.raises(mx.MXNetError, match=text):
        mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(4,), batch_size=1)
