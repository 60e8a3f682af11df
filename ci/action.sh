#!/bin/sh
# What action.yml runs: annotations in the log, the figures as outputs, SARIF and the comment where they are asked for.
set -u
report="$RUNNER_TEMP/finops-lint.json"
code=0

if [ -n "$INPUT_SARIF_FILE" ]; then
  # Of everything: SARIF of a change alone would close the alerts of all that it does not touch.
  finops-lint check --exit-zero --format "sarif=$INPUT_SARIF_FILE" -- "$INPUT_PATH" || code=$?
fi

if [ -n "$INPUT_BASE" ]; then
  finops-lint diff --base "$INPUT_BASE" --fail-on "$INPUT_FAIL_ON" --format "json=$report" --format github \
    --format "markdown=$RUNNER_TEMP/finops-lint.md" -- "$INPUT_PATH"
else
  finops-lint check --fail-on "$INPUT_FAIL_ON" --format "json=$report" --format github \
    --format "markdown=$RUNNER_TEMP/finops-lint.md" -- "$INPUT_PATH"
fi
result=$?
[ "$result" -gt "$code" ] && code=$result
[ -f "$report" ] || exit "$code"

# A summary of more than 1 MiB would be refused as a whole.
if [ "$(wc -c < "$RUNNER_TEMP/finops-lint.md")" -le 1000000 ]; then
  cat "$RUNNER_TEMP/finops-lint.md" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
else
  sed -n 1,3p "$RUNNER_TEMP/finops-lint.md" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
python3 - "$report" >> "$GITHUB_OUTPUT" <<'PYTHON'
import json, sys

with open(sys.argv[1], encoding="utf-8") as stream:
    report = json.load(stream)
after = report.get("after", report)
if "after" in report:
    findings = sum(len(p.get("new_findings", ())) for p in report["projects"])
    print(f"diff-monthly-cost={report['delta']}")
else:
    findings = sum(len(p["findings"]) for p in report["projects"])
print(f"total-monthly-cost={after['total']['monthly']}")
print(f"findings={findings}")
PYTHON

# Whether this run's token may write: that of a fork's pull request, and of Dependabot's, may only read.
may_write() {
  python3 - "${GITHUB_EVENT_PATH:-}" "${GITHUB_EVENT_NAME:-}" "${GITHUB_ACTOR:-}" <<'PYTHON'
import json, sys

path, name, actor = sys.argv[1:]
try:
    with open(path, encoding="utf-8") as stream:
        change = json.load(stream)["pull_request"]
    is_fork = change["head"]["repo"] is None or change["head"]["repo"]["full_name"] != change["base"]["repo"]["full_name"]
except (OSError, ValueError, LookupError, TypeError):
    is_fork = False
sys.exit(name == "pull_request" and (is_fork or actor == "dependabot[bot]"))
PYTHON
}

if [ "$INPUT_COMMENT" = true ] && [ -n "$INPUT_BASE" ]; then
  if may_write; then
    finops-lint comment github --report "$report" || { result=$?; [ "$result" -gt "$code" ] && code=$result; }
  else
    echo "::notice title=finops-lint::This run may not comment (a fork's or Dependabot's): the job's summary has the figures"
  fi
fi
exit "$code"
