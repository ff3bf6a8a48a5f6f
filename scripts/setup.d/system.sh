# shellcheck shell=bash
# What the system brings: by apt when we are root, else by one command that is printed. Never by sudo.

# system_has NAME…: all of them are there afterwards, or we stop.
system_has() {
  local name missing=()
  for name in "$@"; do
    is_here "$name" || missing+=("$(package_of "$name")")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local command="apt-get install -y --no-install-recommends ${missing[*]}"
  have apt-get || give_up "missing here: ${missing[*]}" "your system's package manager"
  [ "$(id -u)" = 0 ] || give_up "missing here: ${missing[*]}" "apt-get update && $command   (as root)"
  doing "installing ${missing[*]} by apt" "half a minute"
  local log
  log=$(mktemp)
  # Its many words are of use only where it fails.
  if ! (export DEBIAN_FRONTEND=noninteractive && apt-get update && $command) >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    give_up "apt could not install ${missing[*]}" "apt-get update && $command"
  fi
  rm -f "$log"
}

is_here() {
  case $1 in
    postgres) [ -x "${PG_BINDIR:-/none}/postgres" ] || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ;;
    chromium) have "${CHROMIUM:-chromium}" ;;
    # By name: with another, every picture is another (end2end/support/fonts.conf).
    font) [ -f /usr/share/fonts/opentype/inter/Inter-Regular.otf ] && [ -f /usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf ] ;;
    *) have "$1" ;;
  esac
}

package_of() {
  case $1 in
    postgres) echo postgresql ;;
    # One for text, one for code.
    font) echo fonts-inter fonts-jetbrains-mono ;;
    *) echo "$1" ;;
  esac
}
