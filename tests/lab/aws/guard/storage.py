"""S3 as it refuses: conditions, owners, checksums, names; one write at a time, so that races have one winner."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from .. import front
from ..call import Answer, ApiError, Call
from ..lab import ACCOUNT, PARTITION, lab

_writing = threading.RLock()
LONGEST_KEY = 1024
WRITES = ("PutObject", "CompleteMultipartUpload", "CopyObject", "DeleteObject", "DeleteObjects", "UploadPart")
STREAMED = (
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
)


def bucket_and_key(call: Call) -> tuple[str, str]:
    """What an S3 call is about."""
    path = str(call.environ.get("RAW_URI") or call.environ.get("PATH_INFO", "")).partition("?")[0]
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return bucket, key


def bucket_of(name: str) -> Any:
    """moto's own bucket, or nothing."""
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT][PARTITION].buckets.get(name)


def current(bucket: str, key: str) -> Any:
    """moto's own object, or nothing if there is none or it was deleted."""
    from moto.s3.models import FakeDeleteMarker

    found = bucket_of(bucket)
    each = found.keys.get(key) if found is not None else None
    return None if each is None or isinstance(each, FakeDeleteMarker) else each


@front.guards("s3")
def _patch(_: Call) -> None:
    from moto.iam.access_control import PermissionResult
    from moto.s3 import models

    FakeBucket: Any = models.FakeBucket
    if getattr(FakeBucket, "patched", False):
        return
    before = FakeBucket._log_permissions_enabled_policy

    def without_everybody(target_bucket: Any, target_prefix: str | None) -> bool:
        # moto expects every principal of a policy to be a map; `"*"` is none.
        policy = target_bucket.policy
        if policy:
            document = json.loads(policy)
            named = [each for each in document["Statement"] if isinstance(each.get("Principal"), dict)]
            target_bucket.policy = json.dumps({**document, "Statement": named}).encode()
        try:
            return bool(before(target_bucket, target_prefix))
        finally:
            target_bucket.policy = policy

    FakeBucket._log_permissions_enabled_policy = staticmethod(without_everybody)
    # moto obeys a bucket's policy always, and without its conditions; guard/permission.py does it with them.
    FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL
    FakeBucket.patched = True


@front.guards("s3")
def _owner(call: Call) -> None:
    for name in ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"):
        if call.headers.get(name, ACCOUNT) != ACCOUNT:
            raise ApiError("AccessDenied", "Access Denied", 403)


@front.guards("s3")
def _key(call: Call) -> None:
    _, key = bucket_and_key(call)
    if len(key.encode()) > LONGEST_KEY:
        raise ApiError("KeyTooLongError", "Your key is too long")


def _condition(call: Call) -> None:
    bucket, key = bucket_and_key(call)
    if bucket_of(bucket) is None:
        return
    found = current(bucket, key)
    if call.headers.get("if-none-match") == "*" and found is not None:
        raise ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
    wanted = call.headers.get("if-match")
    if wanted:
        if found is None:
            raise ApiError("NoSuchKey", "The specified key does not exist.", 404)
        if wanted != "*" and wanted.strip('"') != str(found.etag).strip('"'):
            raise ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)


@front.handles("s3", *WRITES)
def write(call: Call) -> Answer:
    """A write: checked and done while nobody else writes."""
    if call.operation in ("PutObject", "UploadPart"):
        trailer = _put_together(call)
        check_sums(call, trailer)
    with _writing:
        if call.operation in ("PutObject", "CompleteMultipartUpload", "CopyObject", "DeleteObject"):
            _condition(call)
            # moto's own rules for these headers are others.
            for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
                call.environ.pop(name, None)
        return front.ask_moto(call)


def _crc32(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def _crt(name: str, size: int) -> Callable[[bytes], bytes]:
    def of(data: bytes) -> bytes:
        from awscrt import checksums

        return int(getattr(checksums, name)(data)).to_bytes(size, "big")

    return of


SUMS: dict[str, Callable[[bytes], bytes]] = {
    "x-amz-checksum-crc32": _crc32,
    "x-amz-checksum-crc32c": _crt("crc32c", 4),
    "x-amz-checksum-crc64nvme": _crt("crc64nvme", 8),
    "x-amz-checksum-sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda data: hashlib.sha256(data).digest(),
}


def _put_together(call: Call) -> dict[str, str]:
    """Takes a body out of its chunks, so that moto gets it as one; gives back what followed it."""
    environ, trailer = call.environ, {}
    encodings = [each.strip() for each in call.headers.get("content-encoding", "").split(",") if each.strip()]
    if call.headers.get("x-amz-content-sha256") in STREAMED or "aws-chunked" in encodings:
        call.body, trailer = unchunk(call.body)
        length = call.headers.get("x-amz-decoded-content-length")
        if length is not None and int(length) != len(call.body):
            text = "You did not provide the number of bytes specified by the Content-Length HTTP header"
            raise ApiError("IncompleteBody", text)
        rest = ",".join(each for each in encodings if each != "aws-chunked")
        environ.pop("HTTP_CONTENT_ENCODING", None)
        if rest:
            environ["HTTP_CONTENT_ENCODING"] = rest
        environ["HTTP_X_AMZ_CONTENT_SHA256"] = "UNSIGNED-PAYLOAD"
        for name in ("HTTP_X_AMZ_TRAILER", "HTTP_X_AMZ_DECODED_CONTENT_LENGTH"):
            environ.pop(name, None)
        for name in trailer.keys() & SUMS.keys():
            environ["HTTP_" + name.upper().replace("-", "_")] = trailer[name]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        # moto would read the body as a form, and keep nothing.
        environ["CONTENT_TYPE"] = "application/octet-stream"
    return trailer


def check_sums(call: Call, trailer: dict[str, str]) -> None:
    """Refuses a body that is not what its checksums say."""
    if not lab.settings.verify_checksums:
        return
    said, data = call.headers.get("x-amz-content-sha256", ""), call.body
    sums = {name: value for name, value in (call.headers | trailer).items() if name in SUMS}
    if len(said) == 64 and hashlib.sha256(data).hexdigest() != said:
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise ApiError("XAmzContentSHA256Mismatch", text)
    for name, value in sums.items():
        if base64.b64encode(SUMS[name](data)).decode() != value:
            kind = name.removeprefix("x-amz-checksum-").upper()
            raise ApiError("BadDigest", f"The {kind} you specified did not match the calculated checksum.")
    md5 = call.headers.get("content-md5")
    if md5 and base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode() != md5:
        raise ApiError("BadDigest", "The Content-MD5 you specified did not match what we received.")


def unchunk(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The data and the trailer of an aws-chunked body."""
    parts, position = [], 0
    while position < len(body):
        end = body.index(b"\r\n", position)
        size = int(body[position:end].split(b";")[0], 16)
        position = end + 2
        if size == 0:
            break
        parts.append(body[position : position + size])
        position += size + 2
    trailer: dict[str, str] = {}
    for line in body[position:].split(b"\r\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            trailer[name.strip().lower()] = value.strip()
    return b"".join(parts), trailer
