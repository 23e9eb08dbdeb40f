"""The report: what was measured where, as JSON for programs and as tables for people."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .places import HOME, JETWAY, PROGRAMS, ROOT
from .processes import output_of
from .results import Case, Results, Series
from .settings import Settings
from .targets import checks

FORMAT = 1
_MEASURES = ("cpu_seconds", "written_bytes", "sent_bytes", "received_bytes", "peak_memory_bytes")


def surroundings(settings: Settings, results: Results) -> dict[str, Any]:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line for line in lines if line.startswith("model name")), ":")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model.partition(":")[2].strip(),
        "system": platform.platform(),
        "version": output_of([JETWAY, "--version"]).strip(),
        "commit": commit_of(os.environ.get("PROGRAMS")),
        "programs": PROGRAMS.name,
        "rounds": settings.rounds,
        "network": {shape.name: shape.sentence() for shape in settings.shapes},
        "engines": results.engines,
        "images": results.images,
        "load_average": list(os.getloadavg()),
    }


def commit_of(programs: str | None) -> str | None:
    """That of this checkout where its own build is measured; of programs from a folder that was named, nobody knows it."""
    if programs:
        return None
    return output_of(["git", "-C", ROOT, "describe", "--always", "--dirty"]).strip()


def build(around: dict[str, Any], results: Results) -> dict[str, Any]:
    """The whole report."""
    return {
        "format": FORMAT,
        "environment": around,
        "cases": [_case(case, series) for case, series in results.cases()],
        "programs": [asdict(measure) for measure in results.programs],
        "checks": [check.facts() for check in checks(results)],
        "failures": results.failures,
    }


def write(report: dict[str, Any], picture: str) -> None:
    """Leaves both in target/bench."""
    (HOME / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    (HOME / "report.svg").write_text(picture)


def tables(report: dict[str, Any]) -> str:
    """The report for people."""
    return "\n".join([*_environment(report["environment"]), *_tables(report)]) + "\n"


def _case(case: Case, candidates: dict[str, Series]) -> dict[str, Any]:
    rows = [_row(name, series) for name, series in candidates.items()]
    medians = {row["candidate"]: row["seconds"]["median"] for row in rows}
    fastest, limit = min(medians.values()), medians.get("limit")
    for row in rows:
        row["ratio"] = row["seconds"]["median"] / fastest
        row["against_limit"] = row["seconds"]["median"] / limit if limit else None
    rows.sort(key=lambda row: row["ratio"])
    names = {"part": case.part, "case": case.name, "image": case.image, "engine": case.engine, "network": case.shape}
    return {"title": case.title()} | names | {"candidates": rows}


def _row(name: str, series: Series) -> dict[str, Any]:
    seconds = series.seconds()
    return {
        "candidate": name,
        "n": len(seconds),
        "seconds": {"median": series.median("seconds"), "min": min(seconds), "max": max(seconds), "all": seconds},
        **{measure: series.median(measure) for measure in _MEASURES},
        "phases": series.phases(),
        "load_average": {"min": min(series.loads), "max": max(series.loads)},
    }


def _environment(around: dict[str, Any]) -> Iterator[str]:
    yield f"{around['cores']} cores, {around['processor']}; {around['system']}"
    made = f"commit {around['commit']}" if around["commit"] else "a build from elsewhere, of a commit that is not known"
    yield f"{around['version']}, {made}"
    for name, sentence in around["network"].items():
        yield f"network {name}: {sentence}"
    for name, facts in around["engines"].items():
        pigz = "pigz" if facts["pigz"] else "no pigz"
        where = f"{facts['storage_driver']}, {pigz}, data on {facts['data_root_on']}"
        yield f"engine {name}: Docker {facts['version']}, {facts['system']}, {where}"
    for name, facts in around["images"].items():
        sizes = ", ".join(f"{ending} {megabytes(size)}" for ending, size in facts["bytes"].items())
        yield f"image {name}: {facts['layers']} layers, {sizes}; changed {megabytes(facts['changed_bytes'])}"
    yield f"load average at the end: {' '.join(f'{load:.2f}' for load in around['load_average'])}"


def _tables(report: dict[str, Any]) -> Iterator[str]:
    for case in report["cases"]:
        yield f"\n{case['title']}"
        yield (
            f"  {'candidate':<12} {'n':>2} {'seconds':>8}  {'[min .. max]':<20} {'ratio':>6} {'x limit':>7}"
            f" {'CPU s':>7} {'written':>10} {'sent':>10} {'received':>10} {'peak':>10}"
        )
        for row in case["candidates"]:
            yield _line(row)
        for row in case["candidates"]:
            if row["phases"]:
                said = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in row["phases"].items())
                yield f"  {row['candidate']} says: {said}; together {sum(row['phases'].values()):.2f} s"
    if report["programs"]:
        yield "\nprograms"
        yield from (f"  {each['name']:<38} {quantity(each['value'], each['unit']):>10}" for each in report["programs"])
    if report["checks"]:
        yield "\ntargets"
        yield from (_check(check) for check in report["checks"])
    for failure in report["failures"]:
        yield f"\nFAILED: {failure['case']}: {failure['candidate']}: {failure['reason']}"


def _line(row: dict[str, Any]) -> str:
    seconds, limit = row["seconds"], row["against_limit"]
    distance = "-" if limit is None else f"{limit:.2f}"
    spread = f"[{seconds['min']:.3f} .. {seconds['max']:.3f}]"
    return (
        f"  {row['candidate']:<12} {row['n']:>2} {seconds['median']:>8.3f}  {spread:<20}"
        f" {row['ratio']:>6.2f} {distance:>7} {row['cpu_seconds']:>7.2f}"
        f" {megabytes(row['written_bytes']):>10} {megabytes(row['sent_bytes']):>10}"
        f" {megabytes(row['received_bytes']):>10} {megabytes(row['peak_memory_bytes']):>10}"
    )


def _check(check: dict[str, Any]) -> str:
    verdict = "met" if check["is_met"] else "NOT MET"
    value, limit = (quantity(check[name], check["unit"]) for name in ("value", "limit"))
    return f"  {verdict:<8} {value:>10} (at most {limit}): {check['what']}"


def quantity(value: float, unit: str) -> str:
    """A figure with its unit, for people: no more digits than say something."""
    match unit:
        case "bytes":
            return megabytes(value)
        case "s":
            return f"{value:.3f} s"
        case "":
            return f"{value:.2%}"
        case _:
            return f"{value:#.3g} {unit}"


def megabytes(size: float | None) -> str:
    """For people; a dash where nothing was measured."""
    return "-" if size is None else f"{size / 1e6:.1f} MB"
