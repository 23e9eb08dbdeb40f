"""KMS as it refuses: disabled keys, keys that wait for their end, and the wrong key."""

from __future__ import annotations

import base64
from typing import Any

from .. import front
from ..call import ApiError, Call
from ..lab import ACCOUNT, PARTITION

CRYPTOGRAPHY = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
)
LARGEST_CIPHERTEXT = 6144


def key_of(name: str, region: str) -> Any:
    """moto's own key, by id, ARN or alias; or nothing."""
    from moto.kms.models import kms_backends

    backend = kms_backends[ACCOUNT][region]
    plain = name.rpartition(":")[2] if name.startswith("arn:") else name
    if plain.startswith("alias/"):
        for found in backend.keys.values():
            if plain in aliases_of(found.id, region):
                return found
        return None
    return backend.keys.get(plain.removeprefix("key/"))


def aliases_of(key: str, region: str) -> list[str]:
    """The aliases of a key."""
    from moto.kms.models import kms_backends

    found = kms_backends[ACCOUNT][region].keys.get(key)
    return list(found.aliases) if found else []


def sealed_with(blob: str) -> str:
    """The id of the key that a ciphertext was made with."""
    try:
        data = base64.b64decode(blob, validate=True)
        return data[:36].decode()
    except ValueError:
        return ""


def key_used(call: Call) -> Any:
    """The key that a cryptographic operation uses."""
    params = call.params
    if call.operation in ("Decrypt", "ReEncrypt"):
        return key_of(sealed_with(params.get("CiphertextBlob", "")), call.region)
    return key_of(params.get("KeyId", ""), call.region)


@front.guards("kms")
def _usable(call: Call) -> None:
    if call.operation not in CRYPTOGRAPHY:
        return
    params = call.params
    if len(params.get("CiphertextBlob", "")) > LARGEST_CIPHERTEXT * 4 // 3 + 4:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy "
            f"constraint: Member must have length less than or equal to {LARGEST_CIPHERTEXT}",
        )
    key = key_used(call)
    if call.operation == "Decrypt":
        if key is None:
            raise ApiError("InvalidCiphertextException", "")
        named = params.get("KeyId")
        if named and key_of(named, call.region) is not key:
            raise ApiError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            )
    if key is None:
        return
    arn = f"arn:{PARTITION}:kms:{call.region}:{ACCOUNT}:key/{key.id}"
    if key.key_state == "PendingDeletion":
        raise ApiError("KMSInvalidStateException", f"{arn} is pending deletion.")
    if not key.enabled or key.key_state == "Disabled":
        raise ApiError("DisabledException", f"{arn} is disabled.")
