# shellcheck shell=bash
# The Rust tool chain that rust-toolchain.toml names, and the programs that cargo builds for us.

# listed KEY: the words of a list in rust-toolchain.toml, separated by commas.
listed() { sed -n "s/^$1 = \[\(.*\)\]/\1/p" rust-toolchain.toml | tr -d '" '; }

rust() {
  have rustup || give_up "rustup is missing" "curl -sSf https://sh.rustup.rs | sh"
  local channel installed part
  channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  installed=$(rustup component list --toolchain "$channel" --installed 2>/dev/null || true)
  for part in rustc $(listed components | tr , ' ') $(listed targets | tr , '\n' | sed 's/^/rust-std-/'); do
    grep -q "^$part" <<<"$installed" && continue
    doing "installing Rust $channel with $(listed components) for $(listed targets)" "a minute"
    rustup toolchain install "$channel" --profile minimal --component "$(listed components)" \
      --target "$(listed targets)" --no-self-update
    return
  done
}

wasm_bindgen() { cargo_tool wasm-bindgen wasm-bindgen-cli; }

# cargo_tool NAME [CRATE]: built by cargo into the cache. Quick to build rather than quick to run, for none of
# them works long. Without --locked: their own lock files name versions that are gone.
cargo_tool() {
  local name=$1 crate=${2:-$1} place version build
  place=$(place_of "$name") version=$(version_of "$name")
  [ ! -x "$place" ] || return 0
  doing "building $crate $version with cargo" "a minute on two cores"
  mkdir -p "${cache:?}"
  build=$(mktemp -d "$cache/building.XXXXXX")
  if ! CARGO_TARGET_DIR=$build/target CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo install -q "$crate" --version "$version" --root "$build"; then
    rm -rf "$build"
    give_up "$crate $version could not be built" "cargo install $crate --version $version --root DIR (to see why)"
  fi
  keep "$build/bin/$name" "$place"
  rm -rf "$build"
}

# keep FILE PLACE: into the cache by a rename, so that nobody ever finds half a program there.
keep() {
  mkdir -p "$(dirname "$2")"
  mv "$1" "$2"
}
