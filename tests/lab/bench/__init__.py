"""Publish and boot, measured beside what people do without Jetway. README.md says how."""
