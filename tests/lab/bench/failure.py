"""What goes wrong in a way that a person can act on."""

from __future__ import annotations


class Failure(Exception):
    """A sentence for people: what happened and why."""
