#!/bin/sh
# Runs linters and policy checkers over what deploys the portal; the first time it installs them into .local/checkers.
# usage: deploy/local/checkers.sh quick | all [FOLDER]      FOLDER: another deploy/ than ours
set -eu
cd "$(dirname "$0")/../.."
which=${1:?quick or all}
folder=${2:-deploy}
home=$PWD/.local/checkers
list=deploy/checkers/requirements.txt

install() { # install NAME: the lines of the list, without checkov for `quick`
    stamp=$home/.installed-$1
    [ "$(cat "$stamp" 2>/dev/null)" = "$(cksum <$list)" ] && return
    [ -x "$home/bin/python" ] || .venv/bin/python -m venv "$home"
    echo "Installing the checkers ($1) into .local/checkers ..."
    case $1 in
    quick) grep -v '^checkov' $list >"$home/list.txt" ;;
    *) cp $list "$home/list.txt" ;;
    esac
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check -r "$home/list.txt"
    cksum <$list >"$stamp"
}

failed=0
check() { # check NAME COMMAND ...: run it, remember when it finds something
    name=$1
    shift
    if "$@"; then echo "ok      $name"; else
        echo "FAILED  $name"
        failed=1
    fi
}

# shellcheck disable=SC2329  # called by check
pipeline() { # the schema lists PublishCodeCoverageResults@2 and describes only @1 (deploy/checkers/waivers.md)
    copy=$(mktemp --suffix .yml)
    sed 's/PublishCodeCoverageResults@2/PublishCodeCoverageResults@1/' "$folder/azure-pipelines.yml" >"$copy"
    status=0
    # nonunicode: the schema's expressions are those of JavaScript without the flag u.
    .venv/bin/check-jsonschema --builtin-schema vendor.azure-pipelines --regex-variant nonunicode "$copy" || status=$?
    rm -f "$copy"
    return "$status"
}

# shellcheck disable=SC2329  # called by check
scripts() {
    find "$folder" -name '*.sh' -exec "$home/bin/shellcheck" --exclude SC1091 {} +
}

install "$which"
check "Dockerfile (hadolint)" "$home/bin/hadolint" "$folder/Dockerfile"
check "scripts (shellcheck)" scripts
check "compose file (schema)" .venv/bin/check-jsonschema --builtin-schema vendor.compose-spec "$folder/compose.yaml"
check "pipeline (schema)" pipeline
if [ "$which" = all ]; then
    check "policies (checkov)" "$home/bin/checkov" --compact --quiet --skip-download --directory "$folder" \
        --framework dockerfile arm azure_pipelines secrets
fi
exit $failed
