"""Checks cloud-config files as cloud-init would read them; fails on the first that is not as it should be."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

KEYS = {"write_files", "runcmd"}
LARGEST = 16 * 1024


def check(path):
    """Fails with the reason unless this is user data that says what it should."""
    text = path.read_text()
    assert text.startswith("#cloud-config\n"), "cloud-init knows it by its first line"
    assert len(text.encode()) <= LARGEST, f"EC2 allows {LARGEST} bytes"
    config = yaml.safe_load(text)
    assert set(config) <= KEYS, f"unknown keys: {set(config) - KEYS}"
    files = {file["path"]: file for file in config["write_files"]}
    assert len(files) == len(config["write_files"]), "a file is written twice"
    boot = files["/etc/jetway/boot.json"]
    assert boot["permissions"] == "0644" and boot["owner"] == "root:root", "the agent reads it, and root alone writes it"
    for name, file in files.items():
        assert file["content"].endswith("\n"), f"{name} has no newline at its end"
        if name.endswith(".json"):
            json.loads(file["content"])
    (script,) = config["runcmd"]
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


for path in map(Path, sys.argv[1:]):
    try:
        check(path)
    except (AssertionError, KeyError, ValueError, yaml.YAMLError, subprocess.CalledProcessError) as error:
        sys.exit(f"{path.name}: {error!r}")
sys.exit(0 if sys.argv[1:] else "no files were named")
