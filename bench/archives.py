"""Write Fashion-MNIST's four archives into DIR/archives, for all libraries to read: `python -m bench.archives DIR`."""

import gzip
import struct
import sys
from pathlib import Path

from mxnet.gluon.data.vision import FashionMNIST


def main() -> None:
    place = Path(sys.argv[1]) / "archives"
    place.mkdir()
    for part, train in (("train", True), ("t10k", False)):
        images, labels = FashionMNIST(train=train)[:]
        count, height, width, _ = images.shape
        for name, header, values in (
            ("images-idx3", struct.pack(">4I", 0x803, count, height, width), images.asnumpy()),
            ("labels-idx1", struct.pack(">2I", 0x801, count), labels),
        ):
            with gzip.open(place / f"{part}-{name}-ubyte.gz", "wb", compresslevel=1) as archive:
                archive.write(header + values.astype("uint8").tobytes())


if __name__ == "__main__":
    main()
