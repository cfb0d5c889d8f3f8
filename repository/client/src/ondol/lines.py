"""Rows of the server as lines for people, or as JSON for programs."""

import json
from collections.abc import Callable

import click

from ondol.client import Row


def show_rows(rows: list[Row], line: Callable[[Row], str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line(row))


def model_line(row: Row) -> str:
    best = row["best"]
    latency = best["latency"] if best else None
    shown = f"{latency['p50_ms']:.3f} ms on {latency['device']}" if latency else "-"
    return f"{row['id']}  {row['service_type']}  {shown}  {row['summary']}"


def hit_line(hit: Row) -> str:
    why = [
        reason["context"]["label_en"] or reason["context"]["label_ko"]
        if reason["context"]
        else reason["kind"]
        for reason in hit["reasons"]
    ]
    return f"{hit['model']['id']}  {hit['score']:.2f}  {', '.join(why)}"


def job_line(job: Row) -> str:
    return f"job {job['id']}  {job['kind']}  {job['state']}  {job['title']}"
