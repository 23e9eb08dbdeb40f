"""Checks the emulated AWS from outside: `python -m aws.selftest`; prints what it checked, and fails if it is not so."""

from __future__ import annotations

import sys
import unittest

from .selftests import world


def main() -> None:
    """Runs every check, or those whose names are given."""
    loader = unittest.TestLoader()
    parts = ("stacks", "templates", "releases", "rules", "permissions", "storage", "metadata", "systems")
    names = [f"aws.selftests.{name}" for name in parts]
    if sys.argv[1:]:
        loader.testNamePatterns = [f"*{name}*" for name in sys.argv[1:]]
    suite = loader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout, descriptions=True).run(suite)
    for each in world.shared:
        each.end()
    if not result.testsRun:
        sys.exit("nothing was checked")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
