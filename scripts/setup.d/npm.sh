# shellcheck shell=bash
# The tools of end2end/package.json: esbuild and wasm-opt for the build, Playwright for the journeys.

npm_tools() {
  have npm || give_up "Node with npm is missing (20 or newer)" "apt-get install -y nodejs npm   (as root)"
  local major stamp=end2end/node_modules/.set-up locked
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || give_up "Node $major is too old, 20 is the least" "nvm install 22   (or install Node from https://nodejs.org)"
  locked=$(sha256sum end2end/package-lock.json end2end/package.json)
  if [ -f "$stamp" ] && [ "$locked" = "$(cat "$stamp")" ]; then return; fi
  doing "installing the npm tools in end2end" "half a minute"
  # Without install scripts: none of these needs one, and a registry's code should not run unasked.
  # The browser is the system's; Playwright is never asked to fetch one.
  (cd end2end && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  echo "$locked" >"$stamp"
}
