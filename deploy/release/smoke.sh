#!/bin/sh
# usage: deploy/release/smoke.sh ADDRESS
set -eu
cd "$(dirname "$0")/../.."
exec python3 -m deploy.entry.smoke_test "$1" --wait-seconds 300
