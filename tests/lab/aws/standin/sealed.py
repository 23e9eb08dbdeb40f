"""Opens a sealed config by KMS, knowing nothing but docs/sealed-config.md."""

from __future__ import annotations

import base64
import json
from typing import Any

NAMES = ("installation", "environment", "application", "version")


def open_config(kms: Any, document: bytes, boot: dict[str, Any], version: str) -> dict[str, str]:
    """The values; a `ValueError` says why there are none."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    envelope = json.loads(document)
    header = json.loads(envelope["header"])
    if header["format"] != 1:
        raise ValueError(f"the sealed config has format {header['format']}, which is not known here")
    place = {name: boot[name] for name in NAMES[:3]} | {"version": version}
    if header["context"] != place:
        raise ValueError(f"the config was sealed for {header['context']}")
    key = boot["platform"]["key"]
    if header["key"] != {"kind": "kms", "arn": key}:
        raise ValueError(f"the config was sealed with {header['key']}")
    context = {f"jetway:{name}": place[name] for name in NAMES}
    wrapped = base64.b64decode(envelope["wrapped_key"])
    data_key = kms.decrypt(CiphertextBlob=wrapped, KeyId=key, EncryptionContext=context)["Plaintext"]
    nonce, ciphertext = base64.b64decode(envelope["nonce"]), base64.b64decode(envelope["ciphertext"])
    try:
        values: dict[str, str] = json.loads(AESGCM(data_key).decrypt(nonce, ciphertext, envelope["header"].encode()))
    except InvalidTag as error:
        raise ValueError("the config does not open: another key, or changed bytes") from error
    if sorted(values) != sorted(header["names"]):
        raise ValueError("the names of the header are not those of the values")
    return values


def seal(kms: Any, place: dict[str, str], key: str, values: dict[str, str], by: str = "lab@lab") -> bytes:
    """A sealed config, for the self-test."""
    import os

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    context = {f"jetway:{name}": place[name] for name in NAMES}
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    header = json.dumps(
        {
            "format": 1,
            "context": place,
            "key": {"kind": "kms", "arn": key},
            "names": dict.fromkeys(values, place["version"]),
            "at": "2026-01-02T03:04:05Z",
            "by": by,
        },
        separators=(",", ":"),
    )
    nonce = os.urandom(12)
    sealed = AESGCM(made["Plaintext"]).encrypt(nonce, json.dumps(values).encode(), header.encode())
    envelope = {
        "header": header,
        "wrapped_key": base64.b64encode(made["CiphertextBlob"]).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "ciphertext": base64.b64encode(sealed).decode(),
    }
    return json.dumps(envelope, indent=2, ensure_ascii=False).encode()
