#!/usr/bin/env python3
"""A whole grid by quell's queue and by the PyTorch loop, in turn: wall time, and whether both learn the same.

Run with a Python that has torch and numpy, after `cargo build --release`:
    python3 benches/peer/grid.py
ResNet-20 on the bundled images with 40 % symmetric noise; both train on the very same labels and begin with the very
same weights. On the CPU the loop
is run as a user would improve it too: one single-threaded process per core, the configurations dealt out.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from compare import HERE, QUELL
from loop import idx

SPEC = """
name = "peer"
[data]
set = "bundled"
validation = 0.0
{limit}
[model]
name = "resnet20"
[noise]
rates = [0.4]
[quantizer]
bits = {bits}
[train]
epochs = {epochs}
batch_size = {batch}
lr = {lr}
seeds = {seeds}
"""


def quell(args, folder, bits, epochs, lr, limit="", known=None):
    """Trains a grid in a new home; wall seconds and the runs as `ls --json` has them, with their epochs."""
    (folder / "home").mkdir(parents=True)
    if known:
        # A device is checked once per home, which is no cost of a grid.
        shutil.copy(known, folder / "home")
    spec = folder / "spec.toml"
    bits = json.dumps(["fp32" if b is None else f"w{b}a{b}" for b in bits])
    seeds = list(range(args.seeds))
    spec.write_text(SPEC.format(bits=bits, epochs=epochs, batch=args.batch, seeds=seeds, lr=lr, limit=limit))
    base = [str(QUELL), "--home", str(folder / "home")]
    begun = time.perf_counter()
    subprocess.run([*base, "run", str(spec), "--device", args.device, "--json"], stdout=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - begun
    runs = json.loads(subprocess.run([*base, "ls", "--json"], capture_output=True, check=True).stdout)
    for run in runs:
        run["folder"] = folder / "home/runs" / run["id"]
        shown = subprocess.run([*base, "show", run["id"], "--json"], capture_output=True, check=True)
        run["history"] = json.loads(shown.stdout)["history"]
    return seconds, runs


def first_weights(args, folder):
    """Checkpoints with the weights that each seed begins with: those after a step of next to nothing."""
    limit = "train_limit = 64\ntest_limit = 64"
    _, runs = quell(args, folder, [None], 1, 1e-12, limit)
    return {run["seed"]: str(run["folder"] / "checkpoint/state.safetensors") for run in runs}


def labels(run, folder):
    """The labels that quell trained on, as a file with one a line."""
    told = idx("train-labels-idx1-ubyte.gz", 8).copy()
    for row in csv.DictReader(open(run["folder"] / "noise.csv")):
        told[int(row["index"])] = int(row["noisy"])
    path = folder / f"labels-{run['seed']}.txt"
    np.savetxt(path, told, fmt="%d")
    return str(path)


def loop(args, configs, processes, compiled):
    """Trains the configurations in so many processes; wall seconds and all epochs."""
    cores = len(os.sched_getaffinity(0))
    command = [sys.executable, str(HERE / "loop.py"), "--threads", str(max(1, cores // processes))]
    command += ["--device", "cpu" if args.device == "cpu" else "cuda"] + ["--compile"] * compiled
    begun = time.perf_counter()
    started = []
    for n in range(processes):
        p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        p.stdin.write(json.dumps(configs[n::processes]))
        p.stdin.close()
        started.append(p)
    lines = [json.loads(line) for p in started for line in p.stdout]
    if any(p.wait() for p in started):
        sys.exit("the PyTorch loop failed")
    return time.perf_counter() - begun, lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", default="fp32,4,3,2", help="such as fp32,4,2")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="as of quell run; PyTorch uses CUDA unless it is cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument("--json", action="store_true", help="end with a line of JSON")
    args = parser.parse_args()
    args.bits = [None if b == "fp32" else int(b) for b in args.bits.split(",")]
    cores = len(os.sched_getaffinity(0))
    ways = {"one process": 1}
    if args.device == "cpu" and cores > 1:
        ways[f"{cores} processes"] = cores
    walls = {"quell": []} | {f"PyTorch, {way}": [] for way in ways}
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            weights = first_weights(args, folder / "first")
            checked = folder / "first/home/parity.json"
            known = checked if checked.exists() else None
            seconds, runs = quell(args, folder / "grid", args.bits, args.epochs, args.lr, known=known)
            walls["quell"].append(seconds)
            of_seed = {run["seed"]: labels(run, folder) for run in runs}
            fixed = {"epochs": args.epochs, "batch_size": args.batch, "lr": args.lr}
            configs = [
                {"bits": b, "seed": s, "labels": of_seed[s], "weights": weights[s]} | fixed
                for b in args.bits
                for s in of_seed
            ]
            for way, processes in ways.items():
                seconds, theirs = loop(args, configs, processes, args.compile)
                walls[f"PyTorch, {way}"].append(seconds)

    print(f"{len(configs)} runs of {args.epochs} epochs, batch {args.batch} (median of {args.rounds}):")
    ours = statistics.median(walls["quell"])
    for who, seconds in walls.items():
        wall = statistics.median(seconds)
        ratio = "" if who == "quell" else f"   quell is {wall / ours:.2f} times as fast"
        print(f"  {who:<22} {wall:7.1f} s  {3600 * len(configs) / wall:6.0f} runs an hour{ratio}")

    def curve(epochs, key):
        return f"{statistics.mean(e[key] for e in epochs):.3f}" + (
            f" ± {statistics.stdev(e[key] for e in epochs):.3f}" if len(epochs) > 1 else ""
        )

    print("what they learn, quell | PyTorch, mean ± std over seeds:")
    keys = ["train_loss", "test_loss", "test_acc", "memorised"]
    for bits in args.bits:
        for epoch in range(1, args.epochs + 1):
            here = [r["history"][epoch - 1] for r in runs if r["weight_bits"] == (bits or 32)]
            there = [e for e in theirs if e["bits"] == bits and e["epoch"] == epoch]
            pairs = "  ".join(f"{key} {curve(here, key)} | {curve(there, key)}" for key in keys)
            print(f"  {'fp32' if bits is None else f'w{bits}a{bits}'} epoch {epoch}: {pairs}")
    if args.json:
        print(json.dumps({"seconds": walls, "runs": len(configs)}))


if __name__ == "__main__":
    main()
