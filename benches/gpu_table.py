#!/usr/bin/env python3
"""The results of gpu.sh as Markdown.

    python3 benches/gpu_table.py FOLDER
"""

import json
import pathlib
import sys


def main():
    results = {}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        try:
            results[path.stem] = json.loads(path.read_text())
        except ValueError as e:
            print(f"{path.name} is no JSON ({e})", file=sys.stderr)
    named = [r for r in results.values() if isinstance(r, dict) and "device_name" in r]
    print(f"# {named[0]['device_name'] if named else 'no device was measured'}\n")
    for name in ("parity", "parity-unfused", "parity-spirv"):
        for found in results.get(name, []):
            print(
                f"- {name}, {found['network']}: loss within {100 * found['loss']:.4f} %, "
                f"gradients within {100 * found['gradient']:.2f} % ({found['parameter']})"
            )
    print("\n| what | images/s | evaluation | warm-up s | launches/step | × PyTorch eager |")
    print("|---|---|---|---|---|---|")
    for name, found in results.items():
        if not isinstance(found, dict) or "samples_per_second" not in found:
            continue
        kind, _, rest = name.partition("-")
        launches = results.get(f"launches-{rest}", {}).get("launches_per_step", "") if kind == "engine" else ""
        eager = results.get(f"torch-eager-{found.get('batch_size', name.rpartition('-')[2])}", {})
        speed = found["samples_per_second"]
        # PyTorch trains with min-max at 4 bits; anything else would be no comparison.
        alike = kind == "bench" and "w4a4" in name and "lsq" not in name
        ratio = f"{speed / eager['samples_per_second']:.2f}" if eager and alike else ""
        evaluation = found.get("eval_samples_per_second")
        warm = found.get("warm_up_seconds")
        cells = [name, f"{speed:,.0f}", f"{evaluation:,.0f}" if evaluation else "", f"{warm:.1f}" if warm else ""]
        print("| " + " | ".join([*cells, str(launches), ratio]) + " |")
    if results.get("profile"):
        whole = sum(k["ms"] for k in results["profile"])
        print("\n| share of a step's time | launches | kernel |\n|---|---|---|")
        for kernel in results["profile"][:15]:
            print(f"| {100 * kernel['ms'] / whole:.1f} % | {kernel['launches']} | `{kernel['kernel']}` |")
    if "grid" in results:
        print("\n| grid | seconds | runs an hour |\n|---|---|---|")
        for who, seconds in results["grid"]["seconds"].items():
            wall = sorted(seconds)[len(seconds) // 2]
            print(f"| {who} | {wall:.1f} | {3600 * results['grid']['runs'] / wall:,.0f} |")


if __name__ == "__main__":
    main()
