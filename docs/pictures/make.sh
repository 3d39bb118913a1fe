#!/usr/bin/env bash
# Makes the pictures of this folder from the real program: needs tmux and Python, takes about two minutes.
set -euo pipefail
cd "$(dirname "$0")"
quell=$(realpath ../../target/release/quell)
home=$(mktemp -d)
tmux() { command tmux -L quell-pictures "$@"; }
trap 'tmux kill-server 2>/dev/null; "$quell" --home "$home" stop --all >/dev/null; sleep 2; rm -rf "$home"' EXIT
shot() { tmux capture-pane -e -p -t quell | python3 screenshot.py > "$1.svg"; }
keys() { tmux send-keys -t quell "$@"; sleep 0.7; }

tmux new-session -d -s quell -x 132 -y 36 \
  "cd '$home' && COLORTERM=truecolor LC_ALL=C.UTF-8 QUELL_HOME='$home' '$quell'"
sleep 2
keys L
sleep 30
keys G
while ! tmux capture-pane -p -t quell | grep -q '▸.*running'; do keys k; done
sleep 6
shot monitor
while ! tmux capture-pane -p -t quell | grep -q '10/10'; do sleep 1; done
keys 3
keys ']'
keys Right
tmux resize-window -t quell -x 132 -y 16
sleep 1
shot compare
keys q
