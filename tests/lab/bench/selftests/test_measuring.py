"""What a run costs is what its programs took; a command that fails is no run."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

from ..failure import Failure
from ..measuring import Meter
from ..settings import Settings

BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
LARGE = "import time; held = bytearray(100_000_000); time.sleep(0.2)"


class MeasuringTest(unittest.TestCase):
    def setUp(self) -> None:
        # In the engine's place is a process that never is: pids are smaller. All of the machine is below process 0.
        self.meter = Meter(int(Path("/proc/sys/kernel/pid_max").read_text()), ())

    def python(self, program: str) -> None:
        """Runs a program on the clock."""
        self.meter.execute([sys.executable, "-c", program], dict(os.environ), is_ours=True)

    def test_processor_time_is_counted_with_that_of_children(self) -> None:
        self.python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])")
        run = self.meter.stop()
        self.assertGreaterEqual(run.cpu_seconds, 0.29)
        self.assertGreaterEqual(run.seconds, 0.29)

    def test_the_peak_of_memory_is_seen(self) -> None:
        self.python(LARGE)
        self.assertGreater(self.meter.stop().peak_memory_bytes or 0, 100_000_000)

    def test_a_command_that_fails_says_what_it_said(self) -> None:
        with self.assertRaisesRegex(Failure, "ended with 3: no luck"):
            self.python("import sys; print('no luck', file=sys.stderr); sys.exit(3)")

    def test_a_program_that_ended_is_noticed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            agent = self.meter.start([sys.executable, "-c", "raise SystemExit('gone')"], {}, Path(folder, "log"))
            os.waitid(os.P_PID, agent.pid, os.WEXITED | os.WNOWAIT)
            with self.assertRaisesRegex(Failure, "gone"):
                agent.check()


class SettingsTest(unittest.TestCase):
    def test_without_variables_everything_is_measured(self) -> None:
        settings = Settings.of({})
        self.assertEqual((settings.rounds, len(settings.images), len(settings.engines)), (5, 5, 4))
        self.assertEqual([(shape.name, shape.rate) for shape in settings.shapes], [("s3", 80e6), ("plain", None)])

    def test_a_variable_that_is_nearly_one_is_refused_with_the_right_name(self) -> None:
        slips = (("IMAGE", "IMAGES"), ("ENGINE", "ENGINES"), ("rounds", "ROUNDS"), ("S3RATE", "S3_RATE"))
        for slip, name in slips:
            with self.assertRaisesRegex(Failure, f"no variable {slip}: did you mean {name}?"):
                Settings.of({slip: "1"})
        # What is in the environment of anybody is no slip.
        for name in ("PATH", "HOME", "DATABASE_URL", "MAKEFLAGS", "PORTS", "S3_ENDPOINT", "PARTS"):
            Settings.of({name: "publish"})

    def test_words_are_taken_in_the_known_order_and_others_refused(self) -> None:
        self.assertEqual(Settings.of({"IMAGES": "large,small"}).images, ["small", "large"])
        numbers = (("ROUNDS", "0"), ("ROUNDS", "0.5"), ("ROUNDS", "many"), ("S3_RATE", "-1"))
        for name, text in (*numbers, ("IMAGES", "huge"), ("PARTS", ","), ("DATA", "ram")):
            with self.assertRaisesRegex(Failure, f"{name} .*`{text}`"):
                Settings.of({name: text})
