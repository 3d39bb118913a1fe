#!/usr/bin/env python3
"""The script that quell replaces: a loop over a list of configurations, each trained on the bundled images.

Reads the configurations as a JSON list from standard input: `bits` (null for full precision), `seed`, `epochs`,
`batch_size`, `lr`, `labels`, a file with one label of the training images a line, and `weights`, a checkpoint of quell
to begin with the weights of. Trains with Adam and prints a JSON line per epoch with quell's metrics: mean training loss, accuracy and loss on the test set, and of up to 1,000
mislabelled training images the share predicted as their wrong label.
"""

import argparse
import gzip
import json
import pathlib
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from network import ResNet20

BUNDLED = pathlib.Path(__file__).resolve().parent.parent.parent / "src/data/bundled"


def idx(name, header):
    return np.frombuffer(gzip.open(BUNDLED / name).read(), np.uint8, offset=header)


def load(part, device):
    pixels = torch.tensor(idx(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28), device=device)
    labels = torch.tensor(idx(f"{part}-labels-idx1-ubyte.gz", 8).astype(np.int64), device=device)
    return (pixels.float() / 255 - 0.2860) / 0.3530, labels


def begin(model, checkpoint):
    """Gives the network the weights that a checkpoint of quell, a safetensors file, holds."""
    raw = pathlib.Path(checkpoint).read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])

    def take(parameter, name):
        begin, end = (8 + length + at for at in header[name]["data_offsets"])
        values = np.frombuffer(raw[begin:end], np.float32).reshape(header[name]["shape"])
        with torch.no_grad():
            parameter.copy_(torch.tensor(values))

    take(model.stem.conv.weight, "stem.weight")
    for n, block in enumerate(model.blocks, 1):
        take(block.a.conv.weight, f"block{n}.conv1.weight")
        take(block.b.conv.weight, f"block{n}.conv2.weight")
    take(model.classifier.weight, "classifier.weight")


def predict(model, images):
    with torch.no_grad():
        return torch.cat([model(batch) for batch in images.split(500)])


def run(config, train, test, device, compiled):
    torch.manual_seed(config["seed"])
    images, truth = train
    labels = torch.tensor([int(line) for line in open(config["labels"])], device=device)
    wrong = torch.nonzero(labels != truth).flatten()[:1000]
    right = torch.nonzero(labels == truth).flatten()[:1000]
    model = ResNet20(config["bits"]).to(device)
    begin(model, config["weights"])
    forward = torch.compile(model) if compiled else model
    optimiser = torch.optim.Adam(model.parameters(), lr=config["lr"])
    for epoch in range(config["epochs"]):
        begun = time.perf_counter()
        model.train()
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(images), device=device).split(config["batch_size"]):
            optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(forward(images[batch]), labels[batch])
            loss.backward()
            optimiser.step()
            total += loss.detach() * len(batch)
        model.eval()
        logits = predict(forward, test[0])
        probed = predict(forward, images[torch.cat([right, wrong])]).argmax(1)
        metrics = {
            "bits": config["bits"],
            "seed": config["seed"],
            "epoch": epoch + 1,
            "train_loss": float(total) / len(images),
            "test_loss": float(F.cross_entropy(logits, test[1])),
            "test_acc": float((logits.argmax(1) == test[1]).float().mean()),
            "memorised": float((probed[len(right) :] == labels[wrong]).float().mean()),
            "clean_acc": float((probed[: len(right)] == labels[right]).float().mean()),
        }
        metrics["seconds"] = time.perf_counter() - begun
        print(json.dumps(metrics), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    train, test = load("train", device), load("t10k", device)
    for config in json.load(sys.stdin):
        run(config, train, test, device, args.compile)


if __name__ == "__main__":
    main()
