#!/usr/bin/env bash
# Brings the images of one commit to production: backup, migration, a new revision that nobody sees, then 10, 50 and
# 100 of 100 people, each step smoke-tested; then the workers. Whatever fails, people and workers are back on what they
# had. The database is not migrated back: migrations have to suit the code before them (docs/deployment.md).
# Needs: az, signed in; RESOURCE_GROUP, WEB_APP, REGISTRY, TAG, PUBLIC_ADDRESS.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
: "${RESOURCE_GROUP:?}" "${WEB_APP:?}" "${REGISTRY:?}" "${TAG:?}" "${PUBLIC_ADDRESS:?}"
JOB_POLL_SECONDS=${JOB_POLL_SECONDS:-10}
JOB_SECONDS=${JOB_SECONDS:-3600}
PARTS="worker gpu beat"

app() { # app VERB ... : az containerapp VERB ... on our resource group
    az containerapp "$@" --resource-group "$RESOURCE_GROUP" --output tsv --only-show-errors
}

image_of() { # beat, migrations and backups are the worker's image
    case $1 in web | gpu) echo "$REGISTRY/cgm-$1:$TAG" ;; *) echo "$REGISTRY/cgm-worker:$TAG" ;; esac
}

smoke() {
    echo "Smoke test of $1"
    "${SMOKE_TEST:-deploy/release/smoke.sh}" "$1"
}

run_job() { # run_job NAME: start it with the new image and wait until it has succeeded
    local execution status deadline
    app job update --name "$WEB_APP-$1" --image "$(image_of "$1")" >/dev/null
    execution=$(app job start --name "$WEB_APP-$1" --query name)
    deadline=$((SECONDS + JOB_SECONDS))
    while true; do
        status=$(app job execution show --name "$WEB_APP-$1" --job-execution-name "$execution" --query properties.status)
        case $status in
        Succeeded) return 0 ;;
        Failed | Stopped | Degraded)
            echo "Job $1 ended as $status." >&2
            return 1
            ;;
        esac
        if [ "$SECONDS" -gt "$deadline" ]; then
            echo "Job $1 takes longer than $JOB_SECONDS s." >&2
            return 1
        fi
        sleep "$JOB_POLL_SECONDS"
    done
}

share() { # share N: the new revision gets N of 100 people
    app ingress traffic set --name "$WEB_APP" --revision-weight "$stable=$((100 - $1))" "$new=$1" >/dev/null
    echo "$new has $1 %"
}

roll_back() {
    trap - ERR INT TERM
    echo "Going back to $stable" >&2
    app ingress traffic set --name "$WEB_APP" --revision-weight "$stable=100" >/dev/null || echo "Traffic stays!" >&2
    app revision label remove --name "$WEB_APP" --label next >/dev/null 2>&1 || true
    app revision deactivate --name "$WEB_APP" --revision "$new" >/dev/null 2>&1 || true
    for part in $PARTS; do
        if [ -n "${before[$part]:-}" ]; then
            app update --name "$WEB_APP-$part" --image "${before[$part]}" >/dev/null || echo "$part stays!" >&2
        fi
    done
    exit 1
}

declare -A before
new="$WEB_APP--r${TAG:0:10}"
stable=$(app ingress traffic show --name "$WEB_APP" --query "[?weight==\`100\`].revisionName | [0]")
if [ -z "$stable" ] || [ "$stable" = None ]; then # it followed the newest until now
    stable=$(app show --name "$WEB_APP" --query properties.latestReadyRevisionName)
fi
[ "$stable" != "$new" ] || { echo "$new is what people are on already." && exit 0; }
echo "People are on $stable"
# Before anything changes: from here on a new revision gets nobody by itself.
app ingress traffic set --name "$WEB_APP" --revision-weight "$stable=100" >/dev/null
trap roll_back ERR INT TERM

run_job backup
run_job migrate
app update --name "$WEB_APP" --image "$(image_of web)" --revision-suffix "r${TAG:0:10}" >/dev/null
app revision label add --name "$WEB_APP" --label next --revision "$new" --yes >/dev/null
domain=$(app show --name "$WEB_APP" --query properties.configuration.ingress.fqdn)
smoke "https://$WEB_APP---next.${domain#*.}"
for percent in 10 50 100; do
    share "$percent"
    for _ in 1 2 3; do # both revisions answer by chance
        smoke "$PUBLIC_ADDRESS"
    done
done
for part in $PARTS; do
    before[$part]=$(app show --name "$WEB_APP-$part" --query "properties.template.containers[0].image")
    app update --name "$WEB_APP-$part" --image "$(image_of "$part")" >/dev/null
done
smoke "$PUBLIC_ADDRESS"
trap - ERR INT TERM
app revision label remove --name "$WEB_APP" --label next >/dev/null
app revision deactivate --name "$WEB_APP" --revision "$stable" >/dev/null
echo "Released $TAG; $stable can be activated again"
