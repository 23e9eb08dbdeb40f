"""Every request's way: who calls what, faults, permissions, the lab's own services, moto, and the answer."""

from __future__ import annotations

import functools
import io
import socket
import time
import traceback
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any

from . import control, faults, identity
from .call import Answer, ApiError, Call, read_form, write_answer, write_error
from .lab import Record, lab, now

Handler = Callable[[Call], "dict[str, Any] | Answer | None"]
# Operations that the lab answers itself. `None` as an answer leaves the call to moto.
HANDLERS: dict[tuple[str, str], Handler] = {}
# What looks at every call of a service before moto does, and may refuse it.
GUARDS: dict[str, list[Callable[[Call], None]]] = {}
# What looks at moto's answer, and may change it.
AFTER: dict[tuple[str, str], Callable[[Call, Answer], Answer]] = {}
# Services of which moto must never see a call.
OWN_SERVICES = ("autoscaling", "cloudformation")


def handles(service: str, *operations: str) -> Callable[[Handler], Handler]:
    """Marks a function that answers operations."""

    def mark(handler: Handler) -> Handler:
        for operation in operations:
            HANDLERS[service, operation] = handler
        return handler

    return mark


def guards(service: str) -> Callable[[Callable[[Call], None]], Callable[[Call], None]]:
    """Marks a function that may refuse calls of a service."""

    def mark(guard: Callable[[Call], None]) -> Callable[[Call], None]:
        GUARDS.setdefault(service, []).append(guard)
        return guard

    return mark


class Front:
    """The WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = _read_body(environ)
        path = environ.get("PATH_INFO", "")
        if path.startswith("/lab/") or path == "/lab":
            answer = control.answer(environ, body)
        else:
            answer = self.serve(environ, body)
        if answer.status == 0:
            _cut(environ)
            return []
        left_out = {"date", "transfer-encoding"}
        if environ["REQUEST_METHOD"] != "HEAD":
            left_out.add("content-length")
            answer.headers["Content-Length "] = str(len(answer.body))
        headers = [(name.strip(), value) for name, value in answer.headers.items() if name.lower() not in left_out]
        headers.append(("Date", formatdate(time.time() + lab.settings.date_skew + answer.skew, usegmt=True)))
        start_response(f"{answer.status} {_reason(answer.status)}", headers)
        return [answer.body]

    def serve(self, environ: dict[str, Any], body: bytes) -> Answer:
        """The answer to one call of an AWS service; status 0 cuts the connection."""
        call = read_call(environ, body)
        record = Record(call.service, call.operation, "", call.caller.arn, call.region, now())
        if not call.caller.internal:
            record.resource = identity.resource_text(call)
            lab.record(record)
        fault = None if call.caller.internal else faults.take(call, record.resource)
        call.skew = float((fault or {}).get("date_skew", 0))
        answer = self._answer(call, fault)
        answer.skew = call.skew
        if fault is not None and fault.get("lose_answer"):
            answer = Answer(0, {}, b"")
        record.status, record.error = answer.status, _error_code(answer)
        return answer

    def _answer(self, call: Call, fault: dict[str, Any] | None) -> Answer:
        try:
            if fault is not None:
                faults.apply(fault)
            identity.check(call)
            for guard in GUARDS.get(call.service, []):
                guard(call)
            handler = HANDLERS.get((call.service, call.operation))
            result = handler(call) if handler else None
            if isinstance(result, Answer):
                return result
            if result is not None:
                return write_answer(call, result)
            if call.service in OWN_SERVICES:
                raise ApiError("InvalidAction", f"The emulator does not have {call.service}:{call.operation}", 400)
            answer = ask_moto(call)
            after = AFTER.get((call.service, call.operation))
            return after(call, answer) if after else answer
        except ApiError as error:
            return write_error(call, error)
        except Exception as error:
            traceback.print_exc()
            return write_error(call, ApiError("InternalFailure", f"The emulator failed: {error!r}", 500))


@functools.cache
def _moto() -> Any:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def load(service: str) -> None:
    """Loads moto's part for a service, which else happens at its first call."""
    moto = _moto()
    moto.app_instances[service] = moto.create_app(service)


def ask_moto(call: Call) -> Answer:
    """moto's answer to a call."""
    environ = dict(call.environ)
    environ["wsgi.input"] = io.BytesIO(call.body)
    environ["CONTENT_LENGTH"] = str(len(call.body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    kept: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        kept.update(status=int(status.split()[0]), headers=dict(headers))
        return lambda _data: None

    body = b"".join(_moto()(environ, start_response))
    return Answer(kept["status"], kept["headers"], body)


def read_call(environ: dict[str, Any], body: bytes) -> Call:
    """What a request asks, and who asks it."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    key, region, service = identity.scope(headers, environ.get("QUERY_STRING", ""))
    form: dict[str, str] = {}
    target = headers.get("x-amz-target")
    if target:
        operation = target.rpartition(".")[2]
    elif headers.get("content-type", "").startswith("application/x-www-form-urlencoded") and service != "s3":
        form = read_form(body, environ.get("QUERY_STRING", ""))
        operation = form.get("Action", "")
    else:
        operation = ""
    if not service:
        service = "sts" if operation.startswith("AssumeRoleWith") else "s3"
    call = Call(environ, body, service, region or lab.region, operation, identity.NOBODY, headers, form)
    if not operation:
        call.operation = _rest_operation(call)
    call.caller = identity.caller(call, key)
    return call


def _rest_operation(call: Call) -> str:
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import HTTPException

    try:
        operation, params = get_service_router(call.botocore_name).match(call.moto_request())
    except (HTTPException, NotImplementedError, Exception):
        return "Unknown"
    call.environ["lab.url_params"] = params
    return str(operation.name)


def _read_body(environ: dict[str, Any]) -> bytes:
    if environ.get("wsgi.input_terminated", False):
        return bytes(environ["wsgi.input"].read())
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length)) if length else b""


def _cut(environ: dict[str, Any]) -> None:
    connection = environ["werkzeug.socket"]
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _error_code(answer: Answer) -> str:
    import re

    if answer.status < 400:
        return ""
    found = re.search(rb'<Code>([^<]+)</Code>|"__type": ?"(?:[^"#]*#)?([^"]+)"', answer.body)
    return (found[1] or found[2]).decode() if found else str(answer.status)
