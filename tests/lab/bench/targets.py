"""What Jetway promises of its speed, and whether a run has shown it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .engines import KINDS
from .images import CHANGE
from .results import Case, Measure, Results, Series

_SIZABLE = ("medium", "large")
# Boots of a version of which the engine has most, against one that begins with nothing.
_AGAINST_COLD = {"warm": ("load-gzip", 0.05), "baked": ("limit", 2.0)}
# A changed layer travels with the image's documents: some kilobytes, whatever the image.
_DOCUMENTS = 64 * 1024


@dataclass(frozen=True)
class Check:
    """One promise: a value and the most that it may be."""

    what: str
    value: float
    limit: float
    unit: str

    def facts(self) -> dict[str, Any]:
        """For the report."""
        return asdict(self) | {"is_met": self.value <= self.limit}


def checks(results: Results) -> list[Check]:
    """All promises that the run has anything to say on; of cases, those where the network is like S3's."""
    found: list[Check] = []
    for case, series in results.cases():
        is_promised = case.shape == "s3" and case.image in _SIZABLE and KINDS[case.engine].uses_pigz
        if is_promised and "jetway" in series:
            found += _ratios(results, case, series)
            found += _absolutes(case, series["jetway"])
    return [*found, *_programs(results.programs)]


def _ratios(results: Results, case: Case, series: dict[str, Series]) -> Iterator[Check]:
    for against, limit in _limits(case, KINDS[case.engine].uses_containerd):
        if against in series:
            yield _ratio(case, series["jetway"], case, against, series[against], limit)
    if case.part == "boot" and case.name in _AGAINST_COLD:
        against, limit = _AGAINST_COLD[case.name]
        cold = replace(case, name="cold")
        if other := results.series.get(cold, {}).get(against):
            yield _ratio(case, series["jetway"], cold, against, other, limit)


def _limits(case: Case, uses_containerd: bool) -> list[tuple[str, float]]:
    known = {
        ("boot", "cold"): [
            ("load-gzip", 0.42 if uses_containerd else 0.70),
            ("pull", 0.68 if uses_containerd else 0.90),
            ("limit", 2.0),
        ],
        ("boot", "warm"): [("pull", 1.0)],
        ("boot", "baked"): [("pull", 1.0)],
        ("publish", "first"): [("save-gzip", 0.35), ("push", 1.0)],
        ("publish", "changed"): [("push", 1.2)],
    }
    return known.get((case.part, case.name), [])


def _ratio(case: Case, ours: Series, base: Case, name: str, theirs: Series, limit: float) -> Check:
    of = name if base == case else f"{name} {base.name}"
    return Check(f"{case.title()}: jetway against {of}", _median(ours) / _median(theirs), limit, "x")


def _median(series: Series) -> float:
    return series.median("seconds") or 0.0


def _absolutes(case: Case, ours: Series) -> Iterator[Check]:
    if (unexplained := ours.unexplained()) is not None:
        yield Check(f"{case.title()}: time that the agent's phases leave unexplained", unexplained, 0.1, "x")
    if (case.part, case.name) == ("publish", "changed"):
        sent = ours.median("sent_bytes") or 0.0
        yield Check(f"{case.title()}: bytes that jetway sends", sent, 1.05 * CHANGE + _DOCUMENTS, "bytes")
    if (case.part, case.name) == ("publish", "again"):
        yield Check(f"{case.title()}: jetway", _median(ours), 1.0, "s")


def _programs(programs: Sequence[Measure]) -> Iterator[Check]:
    limits = {
        "agent, idle: memory": 20 * 1024 * 1024,
        "agent, idle: share of a core": 0.001,
        "agent: peak memory above idle": 96 * 1024 * 1024,
        "jetway --help": 0.010,
        "jetway-agent status": 0.030,
    }
    for measure in programs:
        if measure.name in limits:
            yield Check(measure.name, measure.value, limits[measure.name], measure.unit)
