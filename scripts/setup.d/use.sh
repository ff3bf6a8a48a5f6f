# shellcheck shell=bash
# What the commands that build and test have in common. To be sourced after places.sh.

# Always all of them, with these features: with another choice, cargo would build what they stand on anew.
# (`app` is for the server here; build-web builds it for the browser.)
crates=(-p evidence -p rego -p portal -p app -p server -p cli --features "rego/engine,portal/testing,app/ssr")

# The programs that the demo and the tests run. What is for tests only is compiled along, and nothing calls it.
build_programs() { cargo build "${crates[@]}" --bins; }

# use_tools: our programs come first, also for the programs that we start.
use_tools() {
  OPA_BIN=$(place_of opa) CONFTEST_BIN=$(place_of conftest) VERSITYGW_BIN=$(place_of versitygw)
  CHROMIUM=$(command -v "${CHROMIUM:-chromium}" || true)
  PATH=$(dirname "$OPA_BIN"):$(dirname "$CONFTEST_BIN"):$(dirname "$VERSITYGW_BIN"):$PATH
  export OPA_BIN CONFTEST_BIN VERSITYGW_BIN CHROMIUM PATH
  # Queries are checked against the committed .sqlx, also where DATABASE_URL names a database.
  export SQLX_OFFLINE=true
}
