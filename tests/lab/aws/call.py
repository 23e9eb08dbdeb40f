"""One call of a client: its service, operation and parameters, and how an answer or an error is written."""

from __future__ import annotations

import functools
import io
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

# Services whose name in a signature is not botocore's.
BOTOCORE_NAMES = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "email": "ses",
}


class ApiError(Exception):
    """An error as AWS answers it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass
class Answer:
    """What goes back to the client."""

    status: int
    headers: dict[str, str]
    body: bytes
    # Seconds by which AWS's clock is ahead, as this client sees it.
    skew: float = 0.0


@dataclass
class Caller:
    """Who calls: the principal, and what a policy can ask about it."""

    arn: str
    key: str = ""
    role: str = ""
    user: str = ""
    internal: bool = False
    # Set while CloudFormation acts for somebody.
    via: str = ""


@dataclass
class Call:
    """One request."""

    environ: dict[str, Any]
    body: bytes
    service: str
    region: str
    operation: str
    caller: Caller
    headers: dict[str, str]
    form: dict[str, str] = field(default_factory=dict)
    # Seconds by which AWS's clock is ahead, as this client sees it.
    skew: float = 0.0
    _params: dict[str, Any] | None = None

    @property
    def botocore_name(self) -> str:
        return BOTOCORE_NAMES.get(self.service, self.service)

    @property
    def protocol(self) -> str:
        if self.service == "s3":
            return "rest-xml"
        if self.headers.get("x-amz-target"):
            return "json"
        return "ec2" if self.service == "ec2" else "query"

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, by the service's own names."""
        if self._params is None:
            self._params = _plain(self._parse())
        return self._params

    def _parse(self) -> Any:
        if self.protocol == "json":
            return json.loads(self.body or b"{}")
        from moto.core.parse import PROTOCOL_PARSERS

        model = service_model(self.botocore_name).operation_model(self.operation)
        request = self.moto_request()
        parser = PROTOCOL_PARSERS[self.protocol](model)
        return parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": self.environ.get("lab.url_params", {}),
            }
        )

    def moto_request(self) -> Any:
        """The request as moto's own parsers take it."""
        from moto.core.request import Request

        environ = dict(self.environ)
        environ["wsgi.input"] = io.BytesIO(self.body)
        environ["CONTENT_LENGTH"] = str(len(self.body))
        return Request(environ)


@functools.cache
def service_model(name: str) -> Any:
    """What botocore knows of a service."""
    from moto.core.utils import get_service_model

    return get_service_model(name)


def _plain(value: Any) -> Any:
    """A parsed parameter with unset members left out."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def read_form(body: bytes, query: str) -> dict[str, str]:
    """The fields of a call of the query protocol."""
    fields = dict(parse_qsl(query, keep_blank_values=True))
    fields.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return fields


def write_answer(call: Call, result: dict[str, Any]) -> Answer:
    """A result as the service's protocol writes it."""
    from moto.core.serialize import SerializationContext, get_serializer_class

    model = service_model(call.botocore_name)
    operation = model.operation_model(call.operation)
    context = SerializationContext(request_id=str(uuid.uuid4()))
    serializer = get_serializer_class(model.service_name, call.protocol)(operation_model=operation, context=context)
    written = serializer.serialize(result)
    body = written["body"]
    body = body if isinstance(body, bytes) else str(body or "").encode()
    if call.protocol in ("query", "ec2"):
        headers = {"Content-Type": "text/xml"}
    else:
        headers = {str(name): str(value) for name, value in written["headers"].items()}
    return Answer(written["status_code"], headers, body)


def write_error(call: Call, error: ApiError) -> Answer:
    """An error as the service's protocol writes it."""
    request_id = str(uuid.uuid4())
    code, message = escape(error.code), escape(error.message)
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id, "x-amz-request-id": request_id}
    if call.protocol == "json":
        headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": error.code}
        body = json.dumps({"__type": error.code, "message": error.message})
    elif call.protocol == "rest-xml":
        headers["Content-Type"] = "application/xml"
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
            f"<RequestId>{request_id}</RequestId><HostId>lab</HostId></Error>"
        )
    elif call.protocol == "ec2":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code>'
            f"<Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    else:
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    if call.environ.get("REQUEST_METHOD") == "HEAD":
        return Answer(error.status, headers, b"")
    return Answer(error.status, headers, body.encode())
