"""Prints what parliament finds in the policy files named as arguments; fails on anything that has no reason below."""

import json
import sys
import warnings
from pathlib import Path

# requirements-lint.txt pins a version that still has it.
warnings.filterwarnings("ignore", message="pkg_resources is deprecated")

import parliament  # noqa: E402

LAUNCH = (
    "RunInstances is split, so that IMDSv2 is asked of the instance and not of its parts; "
    "parliament wants every resource in each of the statements"
)

COMMAND = (
    "SendCommand is split, so that tags are asked of the instances and not of the document, "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html"
)

# Statement and issue, and why it stays.
ACCEPTED = {
    ("JetwayFindAmi", "RESOURCE_MISMATCH"): "AWS's own parameters have no account in their ARN, "
    "https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3363",
    ("JetwayLaunch", "RESOURCE_MISMATCH"): LAUNCH,
    ("JetwayLaunchWith", "RESOURCE_MISMATCH"): LAUNCH,
    ("JetwaySendCommand", "RESOURCE_MISMATCH"): COMMAND,
    ("JetwayCommandKind", "RESOURCE_MISMATCH"): COMMAND,
    # Only where the key's ARN is not known:
    ("JetwayStorageKey", "UNKNOWN_CONDITION_FOR_ACTION"): "parliament takes kms:ResourceAliases for a key's own alone, "
    "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases",
    ("JetwaySealConfig", "UNKNOWN_CONDITION_FOR_ACTION"): "as for JetwayStorageKey",
}


def sid_at(path, line):
    """The name of the statement at this line: every statement is written with its Sid last."""
    later = path.read_text().splitlines()[line - 1 :]
    named = (json.loads("{" + text.strip().rstrip(",") + "}")["Sid"] for text in later if '"Sid"' in text)
    return next(named, "?")


def findings(path):
    """What is wrong with a policy, one line each."""
    for finding in parliament.analyze_policy_string(path.read_text(), str(path)).findings:
        sid = sid_at(path, finding.location.get("line", 1))
        if (sid, finding.issue) in ACCEPTED:
            used.add((sid, finding.issue))
        else:
            yield f"{path.name}: {sid}: {finding.issue} {finding.detail}"


def finds_what_is_wrong():
    """Whether parliament knows of resources at all: a linter that finds nothing would pass everything."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    issues = {finding.issue for finding in parliament.analyze_policy_string(json.dumps(policy)).findings}
    return "RESOURCE_STAR" in issues


used = set()
wrong = [] if finds_what_is_wrong() else ["parliament does not find a needless `*`"]
wrong += [line for path in map(Path, sys.argv[1:]) for line in findings(path)]
wrong += [f"nothing needs this exception any more: {key}" for key in ACCEPTED.keys() - used]
print("\n".join(wrong), file=sys.stderr)
sys.exit(1 if wrong or len(sys.argv) < 2 else 0)
