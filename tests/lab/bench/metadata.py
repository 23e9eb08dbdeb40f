"""Instance metadata, version 2, of an instance whose role has the S3 server's only keys: it knows no sessions."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .archive import architecture
from .cloud import REGION
from .storage import ACCESS_KEY, SECRET_KEY

INSTANCE = "i-0123456789abcdef0"
_ROLE = "bench"
_KEYS = "/latest/meta-data/iam/security-credentials"


class Metadata:
    """The service; leaving the context ends it."""

    def __init__(self, account: str) -> None:
        machine = {"amd64": "x86_64"}.get(architecture(), architecture())
        identity = {"instanceId": INSTANCE, "region": REGION, "accountId": account, "architecture": machine}
        keys = {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY}
        keys |= {"Token": "bench", "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": "2099-01-01T00:00:00Z"}
        answers = {
            "/latest/dynamic/instance-identity/document": json.dumps(identity),
            "/latest/meta-data/instance-id": INSTANCE,
            "/latest/meta-data/placement/region": REGION,
            "/latest/meta-data/autoscaling/target-lifecycle-state": "InService",
            f"{_KEYS}/": _ROLE,
            f"{_KEYS}/{_ROLE}": json.dumps(keys),
            f"{_KEYS}-extended/": _ROLE,
            f"{_KEYS}-extended/{_ROLE}": json.dumps(keys | {"AccountId": account}),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answers))
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Metadata:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(answers: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes, and the second would wait for the acknowledgement of the first, up to 40 ms.
        disable_nagle_algorithm = True

        def do_PUT(self) -> None:
            self._answer("token" if self.path == "/latest/api/token" else None)

        def do_GET(self) -> None:
            self._answer(answers.get(self.path) or answers.get(self.path.rstrip("/") + "/"))

        def _answer(self, text: str | None) -> None:
            body = (text or "").encode()
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
