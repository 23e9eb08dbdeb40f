"""Whether a request was signed with the secret of the key that it names (SigV4, header or query)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, quote

from ..call import ApiError, Call
from ..identity import session_of, unknown_key
from ..lab import ACCOUNT, PARTITION, now

LONGEST_SKEW = 15 * 60


def check(call: Call) -> None:
    """Refuses a wrong signature, an old one, and an expired session."""
    secret, token, expires = _credentials(call.caller.key)
    query = dict(parse_qsl(call.environ.get("QUERY_STRING", ""), keep_blank_values=True))
    authorization = call.headers.get("authorization", "")
    presigned = not authorization
    if presigned:
        signed, said = query["X-Amz-SignedHeaders"], query["X-Amz-Signature"]
        moment, given_token = query["X-Amz-Date"], query.get("X-Amz-Security-Token")
        scope = query["X-Amz-Credential"].partition("/")[2]
    else:
        parts = dict(each.strip().split("=", 1) for each in authorization.partition(" ")[2].split(","))
        signed, said = parts["SignedHeaders"], parts["Signature"]
        moment, given_token = call.headers.get("x-amz-date", ""), call.headers.get("x-amz-security-token")
        scope = parts["Credential"].partition("/")[2]
    if token is not None and given_token != token:
        raise unknown_key(call)
    if expires is not None and expires < now():
        code, text = ("ExpiredToken", "The provided token has expired.")
        if call.protocol in ("json", "query"):
            code, text = (
                "ExpiredTokenException" if call.protocol == "json" else "ExpiredToken",
                "The security token included in the request is expired",
            )
        raise ApiError(code, text, 400 if call.service in ("s3", "kms", "ssm") else 403)
    _check_time(call, moment)
    canonical = _canonical(call, signed.split(";"), presigned)
    wanted = _sign(secret, scope, moment, canonical)
    if not hmac.compare_digest(wanted, said):
        text = "The request signature we calculated does not match the signature you provided."
        if call.protocol == "json":
            raise ApiError("InvalidSignatureException", text)
        if call.service == "ec2":
            raise ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
        raise ApiError("SignatureDoesNotMatch", text, 403)


def _check_time(call: Call, moment: str) -> None:
    signed_at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    from ..lab import lab

    if abs(now() + lab.settings.date_skew + call.skew - signed_at) > LONGEST_SKEW:
        if call.service == "s3":
            text = "The difference between the request time and the current time is too large."
            raise ApiError("RequestTimeTooSkewed", text, 403)
        text = f"Signature expired: {moment} is now earlier than the current time."
        if call.protocol == "json":
            raise ApiError("InvalidSignatureException", text)
        raise ApiError("RequestExpired" if call.service == "ec2" else "SignatureDoesNotMatch", text, 403)


def _credentials(key: str) -> tuple[str, str | None, float | None]:
    from moto.iam.models import iam_backends

    for user in iam_backends[ACCOUNT][PARTITION].users.values():
        for each in user.access_keys:
            if each.access_key_id == key:
                return each.secret_access_key, None, None
    session: Any = session_of(key)
    ends = session.expiration
    ends = ends.replace(tzinfo=timezone.utc) if ends.tzinfo is None else ends
    return session.secret_access_key, session.session_token, ends.timestamp()


def _canonical(call: Call, signed: list[str], presigned: bool) -> str:
    raw = str(call.environ.get("RAW_URI") or call.environ.get("PATH_INFO", "/")).partition("?")[0]
    # S3 signs the path as it is sent; the others sign it encoded once more, and theirs is `/` here.
    path = raw if call.service == "s3" else quote(raw, safe="/~")
    pairs = parse_qsl(call.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    encoded = sorted(
        (quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs if name != "X-Amz-Signature"
    )
    headers = "".join(f"{name}:{' '.join(call.headers.get(name, '').split())}\n" for name in signed)
    digest = call.headers.get("x-amz-content-sha256") or hashlib.sha256(call.body).hexdigest()
    if presigned:
        digest = "UNSIGNED-PAYLOAD"
    query = "&".join(f"{name}={value}" for name, value in encoded)
    method = call.environ["REQUEST_METHOD"]
    return "\n".join([method, path or "/", query, headers, ";".join(signed), digest])


def _sign(secret: str, scope: str, moment: str, canonical: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
