"""`ondol`: the verbs of the portal on a command line."""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click

from ondol import places
from ondol.archive_commands import export_model, import_model
from ondol.client import Client, Row, succeeded
from ondol.errors import JobFailed, OndolError, WrongBytes
from ondol.lines import hit_line, job_line, model_line, show_rows
from ondol.releases import Pins
from ondol.signing_commands import keygen, sign, trusting
from ondol.uploads import files_of

REFUSED, JOB_FAILED, TOO_SLOW = 1, 2, 3
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
model_id = click.argument("model_id", metavar="OWNER/NAME")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ondol-client")
def cli() -> None:
    """Find, push, pull, convert and measure models of an Ondol server."""


@cli.command()
@click.argument("url")
@click.option("--token", prompt="API token", hide_input=True, help="From the portal, page Tokens.")
def login(url: str, token: str) -> None:
    """Sign in with an API token and remember it."""
    with Client(url, token) as client:
        name = client.whoami()["username"]
    places.remember_login(url, token)
    click.echo(f"Signed in at {url} as {name}.")


@cli.command()
def logout() -> None:
    """Forget address and token."""
    places.forget_login()


@cli.command()
def whoami() -> None:
    """Say who the token belongs to."""
    click.echo(_client().whoami()["username"])


@cli.group()
def models() -> None:
    """List, search and show models."""


@models.command("list")
@click.option("--service-type")
@click.option("--context", multiple=True)
@click.option("--format", "format_")
@click.option("--license", "license_")
@click.option("--max-latency-ms", type=float)
@click.option("--max-size-mb", type=float)
@click.option("--limit", default=50, show_default=True)
@as_json
def list_models(*, limit: int, as_json: bool, format_: str, license_: str, **given: Any) -> None:
    """List models, the newest first."""
    rows = _client().models(format=format_, license=license_, **given)
    show_rows(list(islice(rows, limit)), model_line, as_json=as_json)


@models.command()
@click.argument("words", nargs=-1, required=True)
@as_json
def search(*, words: tuple[str, ...], as_json: bool) -> None:
    """Find the models for a situation, in Korean or English."""
    show_rows(_client().search(" ".join(words)), hit_line, as_json=as_json)


@models.command()
@model_id
@as_json
def show(*, model_id: str, as_json: bool) -> None:
    """Show a model with its device files."""
    client = _client()
    row = client.model(model_id)
    row["artifacts"] = client.artifacts(model_id) if row["head"] else []
    if as_json:
        click.echo(json.dumps(row, indent=2, ensure_ascii=False))
        return
    click.echo(model_line(row))
    for artifact in row["artifacts"]:
        size = artifact["size_bytes"] or 0
        click.echo(f"  {artifact['format']}:{artifact['precision']}  {size / 1e6:.2f} MB")


@cli.command()
@model_id
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--service-type", help="For a new model.")
@click.option("--context", "contexts", multiple=True, help="For a new model; may be repeated.")
@click.option("--summary", default="")
@click.option("--visibility", type=click.Choice(["public", "internal", "private"]))
@click.option("-m", "--message", default="Push")
def push(
    *, model_id: str, paths: tuple[Path, ...], message: str, contexts: tuple[str, ...], **given: Any
) -> None:
    """Commit files or folders; a new model is registered on the way."""
    register = {name: value for name, value in given.items() if value}
    made = _client().push(
        model_id,
        files_of(paths),
        message=message,
        register={**register, "contexts": list(contexts)},
        progress=_bar,
    )
    click.echo(f"{model_id} {made['id'][:7]}")


@cli.command()
@model_id
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Default: ./NAME")
@click.option("--ref", default="main", show_default=True)
@click.option("--artifact", default="", metavar="FORMAT[:PRECISION]", help="One device file only.")
@trusting
def pull(
    *, model_id: str, folder: Path | None, trust: tuple[str, ...], signed_as: str, **given: Any
) -> None:
    """Download a version or one device file; a cut goes on where it stopped."""
    target = folder or Path(model_id.rpartition("/")[2])
    pins = Pins(trust, signed_as)
    for path in _client().pull(model_id, target, progress=_bar, pins=pins, **given):
        click.echo(path)


@cli.command()
@model_id
@click.option("--to", required=True, metavar="FORMAT[:PRECISION]")
@click.option("--from", "source", default="", metavar="FORMAT[:PRECISION]")
@click.option("--test-data", help="Name or number of an evaluation set.")
@click.option("--no-wait", is_flag=True)
def convert(*, model_id: str, to: str, source: str, test_data: str | None, no_wait: bool) -> None:
    """Convert a model for an engine and follow the job."""
    client = _client()
    chosen = _test_data(client, test_data) if test_data else None
    job = client.convert(model_id, to, source=source, test_data=chosen)
    _follow(client, job, no_wait=no_wait)


@cli.command()
@model_id
@click.option("--artifact", required=True, metavar="FORMAT[:PRECISION]")
@click.option("--device", default="", help="Name or id; without it, any with the engine.")
@click.option("--engine", default="")
@click.option(
    "--with", "abilities", multiple=True, help="What any device must tell of, such as aarch64."
)
@click.option("--memory", type=int, metavar="GIB", help="What any device must have at least.")
@click.option("--cores", type=int, help="How many any device must have at least.")
@click.option("--accelerator", metavar="NAME", help="What any device must have.")
@click.option("--threads", default=1, show_default=True)
@click.option("--max-p95", type=float, metavar="MS", help="Exit with 3 above this.")
@click.option("--no-wait", is_flag=True)
def benchmark(
    *, model_id: str, artifact: str, device: str, max_p95: float | None, no_wait: bool, **given: Any
) -> None:
    """Measure a device file on a device; usable as a gate in a CI."""
    if not given["engine"] and not device:
        raise click.UsageError("Name a --device, or an --engine that any device may have.")
    client = _client()
    given["abilities"] = [*given["abilities"], *_needs(given)]
    job = client.benchmark(model_id, artifact, device, **given)
    if _follow(client, job, no_wait=no_wait) is None:
        return
    row = client.figures_of(job)
    click.echo(
        f"{row['p50_ms']:.3f} ms [{row['low_ms']:.3f}, {row['high_ms']:.3f}], p95"
        f" {row['p95_ms']:.3f} ms, {row['sample_count']} samples, {row['verdict']}"
    )
    if max_p95 is not None and row["p95_ms"] > max_p95:
        click.echo(f"p95 is above {max_p95:g} ms.", err=True)
        sys.exit(TOO_SLOW)


def _needs(given: dict[str, Any]) -> list[str]:
    """Take out of the options what any device must have, as the server reads it."""
    signs = {"memory": ">=", "cores": ">=", "accelerator": "="}
    asked = {name: given.pop(name) for name in signs}
    return [f"{name}{signs[name]}{value}" for name, value in asked.items() if value]


@cli.group()
def jobs() -> None:
    """List, follow, reorder and cancel jobs."""


@jobs.command("list")
@click.option("--state", default="open", show_default=True)
@as_json
def list_jobs(*, state: str, as_json: bool) -> None:
    """List jobs, the newest first."""
    show_rows(list(_client().jobs(state=state)), job_line, as_json=as_json)


@jobs.command()
@click.argument("job_id", type=int)
def follow(job_id: int) -> None:
    """Print a job's log until it ends."""
    client = _client()
    _follow(client, client.job(job_id), no_wait=False)


@jobs.command()
@click.argument("job_id", type=int)
def cancel(job_id: int) -> None:
    """Stop a job."""
    click.echo(job_line(_client().cancel(job_id)))


@jobs.command()
@click.argument("job_id", type=int)
@click.argument("urgency", type=click.Choice(["high", "normal", "low"]))
def urgency(job_id: int, urgency: str) -> None:
    """Put a waiting job before, with or behind those of everybody."""
    click.echo(job_line(_client().set_urgency(job_id, urgency)))


def _client() -> Client:
    """Return a signed-in client that is closed when the command ends."""
    return click.get_current_context().with_resource(Client())


def _follow(client: Client, job: Row, *, no_wait: bool) -> Row | None:
    if no_wait:
        click.echo(job_line(job))
        return None
    for now, log in client.follow(job["id"]):
        job = now
        click.echo(log.decode(errors="replace"), nl=False, err=True)
    click.echo(job_line(job), err=True)
    return succeeded(job)


def _test_data(client: Client, wanted: str) -> int:
    rows = client.server.get("/evaluation-sets")["results"]
    for row in rows:
        if wanted in (row["name"], str(row["id"])):
            return int(row["id"])
    names = ", ".join(row["name"] for row in rows) or "none"
    raise OndolError(f"There is no test data '{wanted}'. There is: {names}.")


def _bar(name: str, done: int, size: int) -> None:
    if sys.stderr.isatty():
        share = 100 * done // size if size else 100
        click.echo(f"\r{name}  {share:3d} %", nl=done >= size, err=True)


cli.add_command(export_model)
cli.add_command(import_model)
cli.add_command(keygen)
cli.add_command(sign)


def main() -> None:
    """Run the command line; refusals are one line and an exit code."""
    try:
        cli()
    except (JobFailed, WrongBytes) as error:
        click.echo(f"ondol: {error}", err=True)
        sys.exit(JOB_FAILED)
    except OndolError as error:
        click.echo(f"ondol: {error}", err=True)
        sys.exit(REFUSED)
