#!/bin/sh
# The main job on the sample stack: what is wasteful, what the change adds, and the comment its pull request would get.
# Usage: demo.sh path/to/finops-lint. Needs nothing outside this checkout; stops at the first failure.
set -eu
finops_lint=$1
case $finops_lint in /*) ;; *) finops_lint=$PWD/$finops_lint ;; esac
cd "$(dirname "$0")/terraform"

run() {
  echo
  echo "\$ finops-lint $*"
  "$finops_lint" "$@"
}

run check after --exit-zero
run diff before after --exit-zero
run comment github before after --dry-run
