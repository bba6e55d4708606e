#!/bin/sh
# Makes .venv and installs a requirements file into it; takes no time when nothing has changed.
# usage: deploy/local/setup.sh requirements.txt | requirements-dev.txt
set -eu
cd "$(dirname "$0")/../.."
requirements=$1

die() {
    echo "setup: $*" >&2
    exit 1
}

suits() { # a shim that only explains itself does not run this
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3 python \
        "$HOME"/.pyenv/versions/3.1[123].*/bin/python3 "$HOME"/.local/share/uv/python/cpython-3.1[123]*/bin/python3; do
        if suits "$candidate"; then
            # One that can make environments is better than one that needs a package first.
            if "$candidate" -c 'import ensurepip, ssl, venv' >/dev/null 2>&1; then
                echo "$candidate"
                return
            fi
            fallback=${fallback:-$candidate}
        fi
    done
    echo "${fallback:-}"
}

make_venv() {
    python=$(find_python)
    [ -n "$python" ] || die "Python 3.11, 3.12 or 3.13 is needed and not found: install one" \
        "(Debian 12, 13, Ubuntu 24.04: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3"
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        deploy/local/apt_install.sh "$package" ||
            die "this Python cannot make environments: install $package (apt-get install $package) and try again."
    fi
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv || die "$python cannot make .venv: see above."
    .venv/bin/python -m pip install --quiet --upgrade pip || echo "setup: pip stays as it is." >&2
}

install() {
    if [ "${TORCH:-}" = cpu ]; then
        torch=$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements-gpu.txt)
        .venv/bin/python -m pip install --index-url https://download.pytorch.org/whl/cpu "$torch" ||
            die "cannot install the CPU-only $torch: see above."
    elif [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null; then
        echo "PyTorch from PyPI brings CUDA, several GB; \`make setup TORCH=cpu\` takes the small one."
    fi
    .venv/bin/python -m pip install -r "$requirements" || die "cannot install $requirements: see above."
}

fingerprint() {
    cat requirements*.txt | cksum
}

if ! { suits .venv/bin/python && .venv/bin/python -m pip --version; } >/dev/null 2>&1; then
    make_venv
fi
stamp=.venv/.installed-$requirements
if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ]; then
    echo "Installing $requirements into .venv (some minutes the first time) ..."
    install
    fingerprint >"$stamp"
    if [ "$requirements" != requirements.txt ]; then # it includes the other
        requirements=requirements.txt
        fingerprint >.venv/.installed-requirements.txt
    fi
fi
