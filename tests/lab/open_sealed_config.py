"""Opens a sealed config of Jetway with a local key file, knowing nothing but docs/sealed-config.md.

Usage: open_sealed_config.py CONFIG KEY INSTALLATION ENVIRONMENT APPLICATION VERSION
Prints the values as one JSON object; ends with 1 when the config does not open.
"""

import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_PREFIX = b"jetway-local-key-1:"
NONCE_BYTES = 12


def read_key(path):
    with open(path, "rb") as file:
        text = file.read().rstrip()
    if not text.startswith(KEY_PREFIX):
        sys.exit("the key file does not hold a local key")
    return base64.b64decode(text[len(KEY_PREFIX) :], validate=True)


def fingerprint(key):
    return hashlib.sha256(KEY_PREFIX + key).hexdigest()[:12]


def unwrap(key, wrapped, context):
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    names = ["installation", "environment", "application", "version"]
    lines = "".join(f"jetway:{name}={context[name]}\n" for name in names)
    return AESGCM(key).decrypt(nonce, sealed, lines.encode())


def open_config(document, key, context):
    envelope = json.loads(document)
    header = json.loads(envelope["header"])
    if header["format"] != 1:
        sys.exit(f"format {header['format']} is not known here")
    if header["context"] != context:
        sys.exit(f"it was sealed for {header['context']}")
    if header["key"] != {"kind": "local", "fingerprint": fingerprint(key)}:
        sys.exit(f"it was sealed with {header['key']}")
    data_key = unwrap(key, base64.b64decode(envelope["wrapped_key"]), context)
    nonce = base64.b64decode(envelope["nonce"])
    ciphertext = base64.b64decode(envelope["ciphertext"])
    values = json.loads(AESGCM(data_key).decrypt(nonce, ciphertext, envelope["header"].encode()))
    if sorted(values) != sorted(header["names"]):
        sys.exit("the names of the header are not those of the values")
    return values


def main():
    config, key, installation, environment, application, version = sys.argv[1:]
    context = {
        "installation": installation,
        "environment": environment,
        "application": application,
        "version": version,
    }
    with open(config, "rb") as file:
        document = file.read()
    try:
        values = open_config(document, read_key(key), context)
    except InvalidTag:
        sys.exit("it does not open: another key, or changed bytes")
    print(json.dumps(values))


main()
