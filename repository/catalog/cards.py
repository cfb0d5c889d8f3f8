"""A README for a model that is known by its maker's facts alone."""

import yaml

from repository.catalog.reading import Entry

SOURCE = (
    "The facts and figures come from the open repository `quic/ai-hub-models` (BSD-3-Clause,"
    " Copyright 2025 Qualcomm Technologies, Inc. and/or its subsidiaries). The figures are its"
    " maker's and were not measured here; the weights keep a license of their own."
)


def card_of(entry: Entry, contexts: list[str]) -> str:
    """Write the README of an entry: front matter, what it is, its details and their source."""
    front = {
        "license": entry.license or "unknown",
        "pipeline_tag": task_of(entry),
        "tags": [*contexts, *entry.tags],
        "datasets": list(entry.datasets),
    }
    shown = yaml.safe_dump(front, allow_unicode=True, sort_keys=False).strip()
    rows = [f"| {_cell(name)} | {_cell(value)} |" for name, value in entry.details.items()]
    table = ["| Property | Value |", "|---|---|", *rows] if rows else []
    parts = [
        f"---\n{shown}\n---",
        f"# {entry.name}",
        entry.description or entry.headline,
        "\n".join(table),
        "## Files",
        "This entry has no files: upload the model's own to run, convert or download it here.",
        "## Source",
        SOURCE,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def task_of(entry: Entry) -> str:
    return entry.use_case.lower().replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
