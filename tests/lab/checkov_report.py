"""Reads checkov's JSON from stdin: every template of the folder must have been read, and every skip must have a reason."""

import json
import pathlib
import sys


def main(folder: str) -> int:
    report = json.load(sys.stdin)
    results = report.get("results", {})
    problems = [
        f"{check['file_path']}: {check['resource']}: {check['check_id']} {check['check_name']}"
        for check in results.get("failed_checks", [])
    ]
    skipped = results.get("skipped_checks", [])
    problems += [
        f"{check['file_path']}: {check['resource']}: {check['check_id']} is skipped without a reason"
        for check in skipped
        if len((check["check_result"].get("suppress_comment") or "").split()) < 5
    ]
    problems += [f"{error}: not readable" for error in results.get("parsing_errors", [])]
    read = {check["file_path"].lstrip("/") for kind in ("passed_checks", "failed_checks") for check in results.get(kind, [])}
    templates = {path.name for path in pathlib.Path(folder).glob("*.yaml")}
    problems += [f"{name}: checkov has not read it" for name in sorted(templates - read)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"checkov: {len(templates)} templates, {len(problems)} problems, {len(skipped)} skips with a reason", file=sys.stderr)
    return 1 if problems else 0


sys.exit(main(sys.argv[1]))
