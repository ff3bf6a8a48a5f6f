# shellcheck shell=bash
# Where each program lies that we bring ourselves, and which version it has. To be sourced, with `root`
# naming the repository. The cache is the user's and keyed by version, so a second clone finds all of it.

: "${root:?}"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/aegis-portal

# version_of NAME: the pinned version, from the file that pins it.
version_of() {
  case $1 in
    # The tool writes glue for one version of the crate only, to the digit.
    wasm-bindgen) sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' "$root/Cargo.lock" ;;
    opa) module_version opa github.com/open-policy-agent/opa ;;
    conftest) module_version conftest github.com/open-policy-agent/conftest ;;
    versitygw) module_version versitygw github.com/versity/versitygw ;;
    cargo-deny) echo 0.20.2 ;;
    cargo-machete) echo 0.9.2 ;;
    go) echo 1.27.3 ;;
    *) echo "no version is pinned for $1" >&2 && return 1 ;;
  esac
}

# module_version NAME PATH: the version of PATH in the module file of scripts/tools/NAME.
module_version() {
  sed -n "s|^.*[[:space:]]$2 v\([^ ]*\).*|\1|p" "$root/scripts/tools/$1/go.mod"
}

# place_of NAME: where the program is, or will be once scripts/setup has run.
place_of() {
  case $1 in
    opa) [ -z "${OPA_BIN:-}" ] || { echo "$OPA_BIN" && return; } ;;
    go) echo "$cache/go-$(version_of go)/go/bin/go" && return ;;
  esac
  echo "$cache/$1-$(version_of "$1")/$1"
}
