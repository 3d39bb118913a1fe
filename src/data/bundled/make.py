"""Draws the bundled subset from the whole of Fashion-MNIST (Debian package dataset-fashion-mnist).

Run in this folder: python3 make.py. Same input, same bytes.
"""

import gzip
import random
import struct

SOURCE = "/usr/share/datasets/fashion-mnist/"


def write(name, data):
    with open(name, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, 0) as packed:
            packed.write(data)


def pick(part, count, seed):
    images = gzip.open(f"{SOURCE}{part}-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(f"{SOURCE}{part}-labels-idx1-ubyte.gz").read()[8:]
    draw = random.Random(seed)
    of_class = {c: [i for i, label in enumerate(labels) if label == c] for c in range(10)}
    chosen = [i for c in range(10) for i in draw.sample(of_class[c], count // 10)]
    draw.shuffle(chosen)
    pixels = b"".join(images[i * 784 : (i + 1) * 784] for i in chosen)
    write(f"{part}-images-idx3-ubyte.gz", struct.pack(">IIII", 0x803, count, 28, 28) + pixels)
    write(f"{part}-labels-idx1-ubyte.gz", struct.pack(">II", 0x801, count) + bytes(labels[i] for i in chosen))


pick("train", 5000, 0)
pick("t10k", 1500, 1)
