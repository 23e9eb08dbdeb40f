"""Addresses of S3 objects that carry their own signature, so that whoever fetches needs neither keys nor an SDK.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

from .cloud import REGION
from .storage import ACCESS_KEY, SECRET_KEY

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed_path(host: str, bucket: str, key: str) -> str:
    """The path and query with which `host` gives the object to anybody, for an hour."""
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
    path = quote(f"/{bucket}/{key}")
    query = urlencode(
        {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{ACCESS_KEY}/{scope}",
            "X-Amz-Date": moment,
            "X-Amz-Expires": "3600",
            "X-Amz-SignedHeaders": "host",
        }
    )
    request = f"GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key_bytes = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key_bytes = _mac(key_bytes, part)
    return f"{path}?{query}&X-Amz-Signature={_mac(key_bytes, text).hex()}"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
