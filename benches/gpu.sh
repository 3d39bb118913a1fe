#!/usr/bin/env bash
# Everything that is to be known of quell's speed on a GPU, in one call, without a network.
#
#   benches/gpu.sh [FOLDER]          results as JSON files in FOLDER (gpu-results), and table.md
#
# Needs a Linux machine with a GPU and its driver, a built quell and, for the yardstick, a Python with torch and numpy.
# A result that is there is not measured again: a call that was cut off, or that ran out of its time, goes on when
# it is made again. The parity check comes first; speed on a device that computes wrong is worth nothing.
#
#   QUELL     the binary                          (target/release/quell)
#   QUELL_VULKAN  one built with --features vulkan, to compare (none)
#   ENGINES   the bench of engines                (target/release/deps/engines-…, built by cargo bench --no-run)
#   PYTHON    a Python with torch                 (python3)
#   DEVICE    as of quell bench                   (wgpu)
#   SECONDS_AT_MOST  no new step begins after it  (540)
#   CIFAR10   an archive of cifar10/{train,test}/<class>/<index>.jpg, or a folder of the binary batches: trains on it
#   STEPS, BATCHES, MODELS, RUNS, EPOCHS          (50, "64 128 512", "1 4 16", 16, 2); less for a rehearsal:
#   DEVICE=software STEPS=1 BATCHES=16 MODELS=1 RUNS=0 SHAPE=bundled benches/gpu.sh rehearsal
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "${1:-gpu-results}" && cd "${1:-gpu-results}" && pwd)
quell=$(realpath -e "${QUELL:-$here/../target/release/quell}") || exit 2
engines=${ENGINES:-$(find "$here/../target/release/deps" -maxdepth 1 -name 'engines-*' ! -name '*.d' -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -n 1 | cut -d' ' -f2)}
engines=$(realpath -e "$engines") || exit 2
# Not resolved further than to a path: a virtual environment is known by its links.
python=$(command -v "${PYTHON:-python3}" || true)
case $python in /* | "") ;; *) python=$PWD/$python ;; esac
[ -z "${CIFAR10:-}" ] || CIFAR10=$(realpath -e "$CIFAR10") || exit 2
device=${DEVICE:-wgpu}
shape=${SHAPE:-cifar10}
steps=${STEPS:-50}
batches=${BATCHES:-64 128 512}
models=${MODELS:-1 4 16}
runs=${RUNS:-16}
epochs=${EPOCHS:-2}
if [ "$shape" = cifar10 ]; then channels="3 32"; else channels="1 28"; fi
first_batch=${batches%% *}
export QUELL_HOME=$out/home
cd "$out" || exit 1

# once NAME COMMAND…: its last line of output becomes NAME.json, what it says on the way NAME.log.
once() {
  local name=$1
  shift
  [ -s "$name.json" ] && return 0
  if ((SECONDS > ${SECONDS_AT_MOST:-540})); then
    echo "later: $name"
    later=1
    return 0
  fi
  echo "$(printf '%4d s' $SECONDS)  $name"
  if timeout "${LIMIT:-240}" "$@" >"$name.out" 2>"$name.log" </dev/null && [ -s "$name.out" ]; then
    tail -n 1 "$name.out" >"$name.json"
    rm -f "$name.out"
  else
    echo "        failed ($?): $(tail -n 1 "$name.log")"
  fi
}

# Runs a command with the runtime's own log of kernels, minimal (their names) or basic (their times too).
logged() {
  local level=$1 log=$2 folder
  shift 2
  folder=$(mktemp -d)
  printf '[profiling.logger]\nlevel = "%s"\nfile = "kernels.log"\n' "$level" >"$folder/cubecl.toml"
  (cd "$folder" && "$@" >/dev/null) && cp "$folder/kernels.log" "$log"
  local failed=$?
  rm -r "$folder"
  return $failed
}

# Launches of kernels per step: those that two more steps add.
launches() {
  local counts=() n
  for n in 1 3; do
    logged minimal "$PWD/kernels.log" "$@" --steps "$n" || return 1
    counts+=("$(wc -l <kernels.log)")
  done
  rm kernels.log
  echo "{\"launches_per_step\": $(((counts[1] - counts[0]) / 2))}"
}

# Six steps kernel by kernel: what they add to three others, in which kernels are tuned. Each kernel is waited for, so
# only proportions count.
profile() {
  local n
  for n in 3 9; do
    logged basic "$PWD/kernels-$n.log" "$@" --steps "$n" || return 1
  done
  "$python" -c '
import collections, json, re
units = {"s": 1e3, "ms": 1, "µs": 1e-3, "ns": 1e-6}
found = collections.defaultdict(lambda: [0, 0.0])
for steps, sign in (9, 1), (3, -1):
    for line in open(f"kernels-{steps}.log"):
        part = re.match(r"\| *([0-9.]+)([mµn]?s) *\| (.*)", line)
        if part:
            kernel = found[part[3].strip()[:90]]
            kernel[0] += sign
            kernel[1] += sign * float(part[1]) * units[part[2]]
rows = sorted(((name, n, ms) for name, (n, ms) in found.items() if n > 0 and ms > 0), key=lambda row: -row[2])
print(json.dumps([{"kernel": name, "launches": n, "ms": ms} for name, n, ms in rows]))'
  rm kernels-3.log kernels-9.log
}

# N benches at once: the sum of their speeds.
at_once() {
  local n=$1 i
  shift
  for ((i = 0; i < n; i++)); do "$@" >"at-once-$i.out" & done
  wait
  cat at-once-*.out | "$python" -c '
import json, sys
found = json.JSONDecoder()
text, speeds = sys.stdin.read(), []
while text.strip():
    value, end = found.raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    speeds.append(value["samples_per_second"])
print(json.dumps({"processes": len(speeds), "samples_per_second": sum(speeds)}))'
  rm -f at-once-*.out
}

# A bench's object on one line.
bench() { "$quell" bench --model resnet20 --data "$shape" --device "$device" --json "$@" | tr -d '\n'; }
# What differs is a result too.
parity() { "$quell" parity --device "$device" --json || [ $? = 1 ]; }
unfused() { BURN_FUSION_MAX_EXPLORATIONS=0 "$@"; }
list() { "$quell" devices --json | tr -d '\n'; }
export -f bench parity unfused logged launches profile at_once list
export quell device shape python

once devices bash -c list
once parity bash -c parity
once parity-unfused bash -c "unfused parity"
for batch in $batches; do
  for bits in fp32 w4a4; do
    once "bench-$bits-$batch" bash -c "bench --bits $bits --batch $batch --steps $steps"
  done
  once "bench-lsq-w4a4-$batch" bash -c "bench --bits w4a4 --quantizer lsq --batch $batch --steps $steps"
done
if [ -n "${QUELL_VULKAN:-}" ]; then
  spirv=$(realpath -e "$QUELL_VULKAN") || exit 2
  once parity-spirv bash -c "quell=$spirv parity"
  once "bench-spirv-w4a4-$first_batch" bash -c "quell=$spirv bench --bits w4a4 --batch $first_batch --steps $steps"
fi
once "bench-unfused-w4a4-$first_batch" bash -c "unfused bench --bits w4a4 --batch $first_batch --steps $steps"
once profile bash -c "profile bench --bits w4a4 --batch $first_batch"
for m in $models; do
  for engine in stock batched; do
    command="$engines --engine $engine --models $m --batch $first_batch --shape $channels --device $device"
    once "engine-$engine-$m" bash -c "$command --steps $steps"
    once "launches-$engine-$m" bash -c "launches $command"
  done
  once "processes-$m" bash -c "at_once $m bench --bits w4a4 --batch $first_batch --steps $steps"
done
if "$python" -c 'import torch, numpy' 2>/dev/null; then
  torch_device=cuda
  "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' || torch_device=cpu
  for batch in $batches; do
    speed="$python $here/peer/speed.py --bits 4 --batch $batch --steps $steps --device $torch_device --shape $channels"
    once "torch-eager-$batch" bash -c "$speed"
    [ "$torch_device" = cpu ] || once "torch-compile-$batch" bash -c "$speed --compile"
  done
  if ((runs > 0)); then
    QUELL=$quell LIMIT=480 once grid "$python" "$here/peer/grid.py" --device "$device" --bits fp32,4,3,2 \
      --seeds $((runs / 4)) --epochs "$epochs" --json
  fi
else
  echo "no yardstick: $python has no torch and numpy"
fi
if [ -n "${CIFAR10:-}" ]; then
  if [ -f "$CIFAR10" ] && [ ! -d cifar10 ]; then
    "$python" "$here/cifar10_batches.py" "$CIFAR10" cifar10
  fi
  [ -d "$CIFAR10" ] || CIFAR10=$out/cifar10
  LIMIT=480 once cifar10 "$quell" run paper-cifar10 --device "$device" --json --set "data.dir=$CIFAR10" \
    --set noise.rates=[0.4] --set 'quantizer.bits=["w4a4"]' --set 'method.names=["none"]' \
    --set train.seeds=[0] --set train.epochs=1
fi
if "$python" -c '' 2>/dev/null; then
  "$python" "$here/gpu_table.py" . | tee table.md
fi
[ -z "${later:-}" ] || echo "Not all is measured: call it again with the same folder."
