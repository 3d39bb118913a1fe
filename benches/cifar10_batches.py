#!/usr/bin/env python3
"""Packs an archive of cifar10/{train,test}/<class>/<index>.jpg into CIFAR-10's binary batches. Needs Pillow.

    python3 benches/cifar10_batches.py ARCHIVE FOLDER
"""

import io
import pathlib
import sys
import tarfile

from PIL import Image

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def main():
    archive, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    parts = {"train": {}, "test": {}}
    with tarfile.open(archive) as files:
        for member in files:
            path = pathlib.PurePosixPath(member.name)
            if path.suffix != ".jpg":
                continue
            image = Image.open(io.BytesIO(files.extractfile(member).read())).convert("RGB")
            red, green, blue = image.split()
            record = bytes([CLASSES.index(path.parts[-2])]) + red.tobytes() + green.tobytes() + blue.tobytes()
            parts[path.parts[-3]][int(path.stem)] = record
    folder.mkdir(parents=True, exist_ok=True)
    train = [record for _, record in sorted(parts["train"].items())]
    for n in range(5):
        batch = train[n * 10_000 : (n + 1) * 10_000]
        (folder / f"data_batch_{n + 1}.bin").write_bytes(b"".join(batch))
    (folder / "test_batch.bin").write_bytes(b"".join(record for _, record in sorted(parts["test"].items())))


if __name__ == "__main__":
    main()
