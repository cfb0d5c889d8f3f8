"""The demo's table."""

from collections.abc import Sequence
from typing import Any

HEAD = (
    "artifact",
    "engine",
    "precision",
    "size",
    "accuracy",
    "p50 ms",
    "95 % interval",
    "speed-up",
    "verdict",
)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the figures of each artifact as lines of aligned columns."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)  # noqa: PLR2004
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return "\n" + "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    accuracy = "-" if row["accuracy"] is None else f"{row['accuracy']:.4f}"
    speedup = "-" if row["speedup"] is None else f"{row['speedup']:.2f}x"
    return (
        f"{row['model']} {row['format']}",
        row["engine"],
        row["precision"],
        f"{row['size_bytes'] / 1e6:.2f} MB",
        accuracy,
        f"{row['p50_ms']:.3f}",
        f"{row['p50_low_ms']:.3f}-{row['p50_high_ms']:.3f}",
        speedup,
        row["verdict"],
    )
