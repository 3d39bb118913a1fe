#!/usr/bin/env python3
"""quell beside the PyTorch loop of speed.py: both in turn, several rounds, medians and their ratio.

Run with a Python that has torch, after `cargo build --release`:
    python3 benches/peer/compare.py
One run on all cores, then as many single-threaded runs side by side as there are cores.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
QUELL = pathlib.Path(os.environ.get("QUELL", HERE.parent.parent / "target/release/quell"))


def quell(args, threads, home):
    return [str(QUELL), "--home", home, "bench", "--model", "resnet20", "--data", "bundled", "--device", args.device,
            "--bits", f"w{args.bits}a{args.bits}", "--batch", str(args.batch), "--steps", str(args.steps),
            "--threads", str(threads), "--json"]  # fmt: skip


def torch(args, threads, compiled):
    device = "cpu" if args.device == "cpu" else "cuda"
    return [sys.executable, str(HERE / "speed.py"), "--bits", str(args.bits), "--batch", str(args.batch),
            "--steps", str(args.steps), "--threads", str(threads), "--device", device] + ["--compile"] * compiled  # fmt: skip


def together(commands):
    """Runs all at once; the sum of their speeds, training and evaluation."""
    started = [subprocess.Popen(c, stdout=subprocess.PIPE, text=True) for c in commands]
    results = [json.loads(p.communicate()[0]) for p in started]
    return [sum(r[key] for r in results) for key in ("samples_per_second", "eval_samples_per_second")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, default=4)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="as of quell bench; PyTorch uses CUDA unless it is cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well")
    args = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    ways = [("one run", 1, cores)]
    if args.device == "cpu" and cores > 1:
        ways.append((f"{cores} runs side by side", cores, 1))
    with tempfile.TemporaryDirectory() as home:
        for name, runs, threads in ways:
            peers = {
                "quell": quell(args, threads, home),
                "PyTorch eager": torch(args, threads, False),
            }
            if args.compile:
                peers["PyTorch compile"] = torch(args, threads, True)
            speeds = {peer: [] for peer in peers}
            for _ in range(args.rounds):
                for peer, command in peers.items():
                    speeds[peer].append(together([command] * runs))
            print(f"{name}, {threads} threads each, images/s (median of {args.rounds}):")
            ours = [statistics.median(s[i] for s in speeds["quell"]) for i in (0, 1)]
            for peer, values in speeds.items():
                train, evaluate = (statistics.median(v[i] for v in values) for i in (0, 1))
                ratio = "" if peer == "quell" else f"   quell / it: {ours[0] / train:.2f}, {ours[1] / evaluate:.2f}"
                print(f"  {peer:<16} training {train:8.0f}  evaluation {evaluate:8.0f}{ratio}")


if __name__ == "__main__":
    main()
