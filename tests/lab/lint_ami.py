"""Checks the component for EC2 Image Builder against what AWS documents of it, and that its script is Packer's."""

import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml

TEXT = {"type": "string", "minLength": 1}


def inputs_of(action, shape):
    """A step with this action: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html"""
    return {
        "if": {"properties": {"action": {"const": action}}},
        "then": {"properties": {"inputs": shape}},
    }


def thing(required, **optional):
    """An object with these keys and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


STEP = {
    **thing(
        {"name": TEXT, "action": {"enum": ["CreateFile", "ExecuteBash", "S3Download"]}, "inputs": {}},
        maxAttempts={"type": "integer", "minimum": 1},
        timeoutSeconds={"type": "integer"},
        onFailure={"enum": ["Abort", "Continue", "Ignore"]},
    ),
    "allOf": [
        inputs_of("CreateFile", {"type": "array", "items": thing(
            {"path": TEXT}, content=TEXT, permissions={"type": "integer"}, overwrite={"type": "boolean"})}),
        inputs_of("ExecuteBash", thing({"commands": {"type": "array", "items": TEXT, "minItems": 1}})),
        inputs_of("S3Download", {"type": "array", "items": thing({"source": TEXT, "destination": TEXT})}),
    ],
}
PARAMETER = thing({"type": {"const": "string"}}, default=TEXT, description=TEXT)
# https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
DOCUMENT = thing(
    {
        "schemaVersion": {"const": 1.0},
        "phases": {"type": "array", "minItems": 1, "items": thing(
            {"name": {"enum": ["build", "validate", "test"]}, "steps": {"type": "array", "items": STEP}})},
    },
    name=TEXT,
    description=TEXT,
    parameters={"type": "array", "items": {
        "type": "object", "minProperties": 1, "maxProperties": 1,
        "propertyNames": {"pattern": "^[A-Za-z0-9_-]{3,128}$"}, "additionalProperties": PARAMETER}},
)
# https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html
LONGEST = 16_000


def check_scripts(component):
    """Every script is one that bash can read, once its parameters have their values."""
    steps = [step for phase in component["phases"] for step in phase["steps"] if step["action"] == "ExecuteBash"]
    for step in steps:
        for script in step["inputs"]["commands"]:
            plain = re.sub(r"{{ *\w+ *}}", "value", script)
            read = subprocess.run(["bash", "-n", "-c", plain], capture_output=True, text=True, check=False)
            assert read.returncode == 0, f"the step {step['name']}: {read.stderr}"


def main(folder):
    """Fails with the reason unless the component is as it should be."""
    text = (folder / "component.yaml").read_text()
    assert len(text) <= LONGEST, f"EC2 Image Builder takes {LONGEST} characters in a request"
    component = yaml.safe_load(text)
    jsonschema.validate(component, DOCUMENT)
    check_scripts(component)
    script = (folder / "provision.sh").read_text()
    assert "{{" not in script, "EC2 Image Builder would replace it"
    (carried,) = component["phases"][0]["steps"][0]["inputs"]
    assert carried["content"] == script, "component.yaml does not carry provision.sh as it is: copy it there, indented"
    known = {name for parameter in component["parameters"] for name in parameter}
    used = {name for name in known if f"{{{{ {name} }}}}" in text}
    assert used == known, f"unused parameters: {known - used}"


main(Path(sys.argv[1]))
