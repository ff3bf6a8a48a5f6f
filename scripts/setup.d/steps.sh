# shellcheck shell=bash
# Steps that are timed, and told at the end. To be sourced.

steps_log=$(mktemp)
steps_times=()
steps_failed=0
trap 'rm -f "$steps_log"' EXIT

# step NAME COMMAND…: runs it whatever came of the others, so that one run shows all that is wrong.
step() {
  local name=$1 started=$SECONDS outcome=ok
  shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee -a "$steps_log"
  if [ "${PIPESTATUS[0]}" != 0 ]; then outcome=FAILED steps_failed=1; fi
  steps_times+=("$(printf '%6d s  %-28s %s' $((SECONDS - started)) "$name" "$outcome")")
  [ "$outcome" = ok ]
}

# must NAME COMMAND…: without it, the rest is not worth trying.
must() { step "$@" || finish; }

# finish: the times, and the end. A choice of tests that chose none is a failure.
finish() {
  printf '\n== times\n'
  printf '%s\n' "${steps_times[@]}"
  if [ "$steps_failed" = 0 ] && [ -n "${ONLY:-}" ] && ! ran_any; then
    echo "no test has a name that contains \"$ONLY\"" >&2
    steps_failed=1
  fi
  exit "$steps_failed"
}

# The closing lines of cargo, Playwright and opa test.
ran_any() { grep -qE '^(test result: .* [1-9][0-9]* passed|  [1-9][0-9]* passed|PASS: [1-9])' "$steps_log"; }

# programs_in FOLDER: the programs to run of it, by ONLY where that is set. None is a failure.
programs_in() {
  mapfile -t programs < <(find "$1" -maxdepth 1 -type f -perm -u+x -name "*${ONLY:-}*" 2>/dev/null | LC_ALL=C sort)
  if [ ${#programs[@]} = 0 ]; then
    echo "$1/ has no program to run${ONLY:+ whose name contains \"$ONLY\"}" >&2
    exit 1
  fi
  unset ONLY
}

# run_programs PROFILE: each as a step, and the end.
run_programs() {
  local built program
  built=$(realpath "${CARGO_TARGET_DIR:-target}")/$1
  export AEGIS_PORTAL=$built/aegis-portal AEGIS=$built/aegis
  for program in "${programs[@]}"; do
    step "$(basename "$program")" "$program"
  done
  finish
}
