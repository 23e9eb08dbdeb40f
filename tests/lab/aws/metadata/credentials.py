"""The credentials that an instance gets: sessions of its role, renewed before they expire."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import Any

from ..clients import client
from ..lab import lab
from .facts import Facts

# EC2 has new credentials ready at least this long before the old ones expire:
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
AHEAD = timedelta(minutes=5)
LIFE = timedelta(hours=6)
SHAPE = "%Y-%m-%dT%H:%M:%SZ"


class Credentials:
    """The sessions of one instance."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._lock = threading.Lock()
        self._role: str | None = None
        self._session: dict[str, Any] = {}
        self._until = datetime.now(timezone.utc)
        # How long a session counts; short ones show who renews.
        self.life = LIFE

    def current(self) -> dict[str, str]:
        """What the instance is told."""
        with self._lock:
            moment = datetime.now(timezone.utc)
            ahead = min(AHEAD, self.life / 2)
            if self._role != self._facts.role or moment + ahead >= self._until:
                self._renew(moment)
            return {
                "Code": "Success",
                "LastUpdated": (self._until - self.life).strftime(SHAPE),
                "Type": "AWS-HMAC",
                "AccessKeyId": self._session["AccessKeyId"],
                "SecretAccessKey": self._session["SecretAccessKey"],
                "Token": self._session["SessionToken"],
                "Expiration": self._until.strftime(SHAPE),
            }

    def forget(self) -> None:
        """The next request gets a new session."""
        with self._lock:
            self._role = None

    def _renew(self, moment: datetime) -> None:
        role = self._facts.role
        sts = client("sts", self._facts.region or lab.region)
        # The services' own shortest life is 15 minutes; what counts is what signatures are checked against.
        made = sts.assume_role(RoleArn=role, RoleSessionName=self._facts.instance_id)["Credentials"]
        self._role, self._session, self._until = role, made, moment + self.life
        _expire(made["AccessKeyId"], self._until)


def _expire(key: str, until: datetime) -> None:
    from ..identity import session_of

    found = session_of(key)
    if found is not None:
        found.expiration = until.replace(tzinfo=None)
