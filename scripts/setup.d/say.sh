# shellcheck shell=bash
# How set-up talks. To be sourced.

say() { printf '%s\n' "set-up: $*"; }

# doing WHAT HOW_LONG: a step that takes a while says so before it starts.
doing() { say "$1 (about $2)"; }

# give_up WHAT COMMAND: one line that says what is missing, with the command that brings it.
give_up() {
  printf '%s\n' "set-up: $1; run: $2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }
