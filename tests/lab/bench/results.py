"""What was measured: one series for each candidate in each case, and the runs that failed."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .measuring import Run


@dataclass(frozen=True, order=True)
class Case:
    """What may be compared: all of this is equal, and the runs alternated."""

    part: str
    engine: str
    image: str
    shape: str
    name: str

    def title(self) -> str:
        """For people."""
        return f"{self.part} {self.name}, image {self.image}, engine {self.engine}, network {self.shape}"


@dataclass
class Series:
    """The runs of one candidate in one case."""

    runs: list[Run] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    def median(self, name: str) -> float | None:
        """The median of one measure over all runs; none where it is not measured."""
        values = [value for value in (getattr(run, name) for run in self.runs) if value is not None]
        return statistics.median(values) if values else None

    def seconds(self) -> list[float]:
        """The times of all runs, in the order in which they were made."""
        return [run.seconds for run in self.runs]

    def unexplained(self) -> float | None:
        """The share of the time that no phase of the agent's own accounts for, up to the start of the container."""
        shares = [abs(1 - run.phases_until_started() / run.seconds) for run in self.runs if run.phases]
        return statistics.median(shares) if shares else None

    def phases(self) -> dict[str, float]:
        """The medians of what the agent says that its phases took."""
        names = self.runs[0].phases if self.runs else {}
        return {name: statistics.median(run.phases[name] for run in self.runs) for name in names}


@dataclass(frozen=True)
class Measure:
    """One figure about one program."""

    name: str
    value: float
    # `s`, `bytes`, or nothing for a share.
    unit: str


@dataclass
class Results:
    """All of it."""

    series: dict[Case, dict[str, Series]] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    programs: list[Measure] = field(default_factory=list)
    # What was measured with, by name: facts for the report.
    engines: dict[str, Any] = field(default_factory=dict)
    images: dict[str, Any] = field(default_factory=dict)

    def add(self, case: Case, candidate: str, run: Run) -> None:
        """Notes a run that was checked."""
        series = self.series.setdefault(case, {}).setdefault(candidate, Series())
        series.runs.append(run)
        series.loads.append(os.getloadavg()[0])

    def fail(self, case: str, candidate: str, reason: str) -> None:
        """Notes a run that came to nothing."""
        self.failures.append({"case": case, "candidate": candidate, "reason": reason})

    def cases(self) -> Iterable[tuple[Case, dict[str, Series]]]:
        """Everything that was compared, in the order in which it was measured."""
        return self.series.items()
