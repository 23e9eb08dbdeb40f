"""The report has one form, for programs and for people, whatever was measured."""

from __future__ import annotations

import json
import unittest
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from .. import plot, report
from ..measuring import Run
from ..results import Case, Measure, Results
from ..targets import checks

COLD = Case("boot", "debian13-containerd", "large", "s3", "cold")
BAKED = replace(COLD, name="baked")
CHANGED = Case("publish", "host", "large", "s3", "changed")
AROUND: dict[str, Any] = {
    "cores": 2,
    "processor": "one",
    "system": "Linux",
    "version": "jetway 1.2.3",
    "commit": "0123456",
    "programs": "release",
    "rounds": 2,
    "network": {"s3": "slow"},
    "engines": {
        "host": {
            "version": "20.10",
            "storage_driver": "overlay2",
            "system": "Debian 12",
            "pigz": False,
            "data_root_on": "disk",
        }
    },
    "images": {"large": {"layers": 4, "bytes": {"tar": 976_000_000}, "changed_bytes": 2_000_000}},
    "load_average": [0.5, 0.4, 0.3],
}


def measured() -> dict[str, Any]:
    """A report of a few runs."""
    results = Results()
    for seconds in (4.0, 6.0, 5.0):
        phases = {"pull": 0.75 * seconds, "start": 0.2 * seconds, "probe": 1.0}
        results.add(COLD, "jetway", Run(seconds=seconds, peak_memory_bytes=90_000_000, phases=phases))
        results.add(COLD, "load-gzip", Run(seconds=2 * seconds))
        results.add(COLD, "limit", Run(seconds=seconds / 2))
    results.add(CHANGED, "jetway", Run(seconds=0.4, sent_bytes=2_100_000))
    results.fail(CHANGED.title(), "push", "the registry <went> away")
    results.programs.append(Measure("jetway --help", 0.0213579, "s"))
    results.programs.append(Measure("agent, idle: memory", 8_987_648, "bytes"))
    results.programs.append(Measure("agent, idle: share of a core", 0.000633333, ""))
    return report.build(AROUND, results)


class ReportTest(unittest.TestCase):
    def test_medians_ranges_and_ratios_are_those_of_the_runs(self) -> None:
        case = measured()["cases"][0]
        _, ours, theirs = case["candidates"]
        self.assertEqual([row["candidate"] for row in case["candidates"]], ["limit", "jetway", "load-gzip"])
        self.assertEqual(ours["seconds"], {"median": 5.0, "min": 4.0, "max": 6.0, "all": [4.0, 6.0, 5.0]})
        self.assertEqual((ours["n"], ours["ratio"], theirs["ratio"]), (3, 2.0, 4.0))
        self.assertEqual((ours["against_limit"], theirs["against_limit"]), (2.0, 4.0))
        self.assertEqual((ours["peak_memory_bytes"], theirs["peak_memory_bytes"]), (90_000_000, None))

    def test_it_is_json_of_this_form(self) -> None:
        found = json.loads(json.dumps(measured()))
        self.assertEqual(list(found), ["format", "environment", "cases", "programs", "checks", "failures"])
        names = ["title", "part", "case", "image", "engine", "network", "candidates"]
        self.assertEqual(list(found["cases"][0]), names)
        self.assertEqual(found["failures"][0]["candidate"], "push")

    def test_targets_are_judged_by_what_was_measured(self) -> None:
        judged = {check["what"]: (check["value"], check["is_met"]) for check in measured()["checks"]}
        self.assertEqual(judged[f"{COLD.title()}: jetway against load-gzip"], (0.5, False))
        value, is_met = judged[f"{COLD.title()}: time that the agent's phases leave unexplained"]
        self.assertTrue(is_met and abs(value - 0.05) < 1e-9, value)
        self.assertEqual(judged[f"{CHANGED.title()}: bytes that jetway sends"], (2_100_000, True))
        self.assertEqual(judged["jetway --help"], (0.0213579, False))

    def test_a_boot_from_a_baked_ami_is_judged_by_what_disk_and_network_allow_without_one(self) -> None:
        results = Results()
        results.add(COLD, "limit", Run(seconds=1.0))
        results.add(BAKED, "jetway", Run(seconds=2.5))
        results.add(BAKED, "pull", Run(seconds=2.0))
        judged = {check.what: (check.value, check.limit) for check in checks(results)}
        expected = {"limit cold": (2.5, 2.0), "pull": (1.25, 1.0)}
        self.assertEqual(judged, {f"{BAKED.title()}: jetway against {name}": value for name, value in expected.items()})

    def test_people_see_every_figure_and_every_failure(self) -> None:
        text = report.tables(measured())
        self.assertRegex(text, r"jetway +3 +5\.000 +\[4\.000 \.\. 6\.000\] +2\.00 +2\.00 ")
        self.assertIn("jetway says: pull 3.75, start 1.00, probe 1.00; together 5.75 s", text)
        self.assertIn("NOT MET", text)
        self.assertIn("FAILED: " + CHANGED.title() + ": push: the registry <went> away", text)

    def test_people_see_figures_with_units_and_no_more_digits_than_say_something(self) -> None:
        text = report.tables(measured())
        self.assertRegex(text, r"jetway --help +0\.021 s\n")
        self.assertRegex(text, r"agent, idle: memory +9\.0 MB\n")
        self.assertRegex(text, r"agent, idle: share of a core +0\.06%\n")
        self.assertRegex(text, r"met +9\.0 MB \(at most 21\.0 MB\): agent, idle: memory")
        self.assertRegex(text, r"met +2\.1 MB \(at most [0-9.]+ MB\): .*: bytes that jetway sends")

    def test_a_build_from_elsewhere_is_not_said_to_be_of_this_commit(self) -> None:
        self.assertIn("jetway 1.2.3, commit 0123456\n", report.tables(measured()))
        self.assertIsNotNone(report.commit_of(None))
        self.assertIsNone(report.commit_of("/elsewhere/target/release"))
        elsewhere = measured() | {"environment": AROUND | {"commit": None}}
        self.assertIn("jetway 1.2.3, a build from elsewhere", report.tables(elsewhere))

    def test_the_picture_has_a_bar_for_every_candidate(self) -> None:
        found = ElementTree.fromstring(plot.picture(measured()))
        texts = [each.text for each in found.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(texts.count("jetway"), 2)
        self.assertIn("10.00 s (4.00 x), n 3", texts)
