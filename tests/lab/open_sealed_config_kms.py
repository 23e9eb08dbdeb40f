"""Opens a sealed config of Jetway with KMS, knowing nothing but docs/sealed-config.md."""

import base64
import json

import boto3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def open_config(document, key_arn, context):
    """The values of the stored document; an error if it belongs elsewhere, or was changed."""
    envelope = json.loads(document)
    header = json.loads(envelope["header"])
    if header["format"] != 1:
        raise ValueError(f"format {header['format']} is not known here")
    if header["context"] != context:
        raise ValueError(f"it was sealed for {header['context']}")
    if header["key"] != {"kind": "kms", "arn": key_arn}:
        raise ValueError(f"it was sealed with {header['key']}")
    data_key = boto3.client("kms").decrypt(
        KeyId=key_arn,
        CiphertextBlob=base64.b64decode(envelope["wrapped_key"]),
        EncryptionContext={f"jetway:{name}": value for name, value in context.items()},
    )["Plaintext"]
    nonce, ciphertext = base64.b64decode(envelope["nonce"]), base64.b64decode(envelope["ciphertext"])
    values = json.loads(AESGCM(data_key).decrypt(nonce, ciphertext, envelope["header"].encode()))
    if sorted(values) != sorted(header["names"]):
        raise ValueError("the names of the header are not those of the values")
    return values
