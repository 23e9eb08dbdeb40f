"""The report as a picture: for each case a bar for each candidate's median, with its range."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

WIDTH = 900
_LEFT, _RIGHT = 110, 190
_ROW, _GAP, _TITLE = 22, 26, 24
_COLOURS = {"jetway": "#0b6e4f", "jetway-local": "#6bb392", "limit": "#c9a227", "load-file": "#c9a227"}
_OTHER = "#7a8793"


def picture(report: dict[str, Any]) -> str:
    """An SVG, readable on white and on its own."""
    parts: list[str] = []
    top = _GAP
    for case in report["cases"]:
        parts += _case(case, top)
        top += _TITLE + _ROW * len(case["candidates"]) + _GAP
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return f'{head} font-family="sans-serif" font-size="13">\n{paper}\n{body}\n</svg>\n'


def _case(case: dict[str, Any], top: float) -> list[str]:
    longest = max(row["seconds"]["max"] for row in case["candidates"])
    scale = (WIDTH - _LEFT - _RIGHT) / longest
    parts = [f'<text x="8" y="{top + 14}" font-weight="bold">{escape(case["title"])}</text>']
    for number, row in enumerate(case["candidates"]):
        parts += _bar(row, top + _TITLE + number * _ROW, scale)
    return parts


def _bar(row: dict[str, Any], top: float, scale: float) -> list[str]:
    seconds, name = row["seconds"], row["candidate"]
    middle = top + _ROW / 2
    low, high = (_LEFT + seconds[end] * scale for end in ("min", "max"))
    width = seconds["median"] * scale
    colour = _COLOURS.get(name, _OTHER)
    text = f"{seconds['median']:.2f} s ({row['ratio']:.2f} x), n {row['n']}"
    return [
        f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{_LEFT}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 6}" fill="{colour}"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8" stroke="black"/>',
        f'<text x="{high + 8:.1f}" y="{middle + 4}">{text}</text>',
    ]
