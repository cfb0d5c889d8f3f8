"""`ondol export` and `ondol import`: models between sites that no network joins."""

from pathlib import Path

import click

from ondol import archives
from ondol.client import Client
from ondol.releases import Pins
from ondol.signing_commands import trusting


@click.command("export")
@click.argument("model_id", metavar="OWNER/NAME")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Default: NAME.ondol.zip")
@trusting
def export_model(
    *, model_id: str, target: Path | None, trust: tuple[str, ...], signed_as: str
) -> None:
    """Bring a model with versions, device files and benchmarks as one archive."""
    with Client() as client:
        path = target or Path(f"{model_id.rpartition('/')[2]}.ondol.zip")
        pins = Pins(trust, signed_as)
        click.echo(archives.export(client.server, model_id, path, pins))


@click.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("model_id", metavar="[OWNER/NAME]", default="")
@click.option("--service-type", default="", help="If the archive or the card says none we have.")
@trusting
def import_model(
    *, source: Path, model_id: str, service_type: str, trust: tuple[str, ...], signed_as: str
) -> None:
    """Make a model of an archive, of a folder, or of a snapshot a Hugging Face client left."""
    owner, _, name = model_id.partition("/")
    given = {"owner": owner, "name": name, "service_type": service_type}
    wanted = {key: word for key, word in given.items() if word}
    with Client() as client:
        if source.is_dir():
            _import_folder(client, source, model_id, wanted)
            return
        archives.verify(source, Pins(trust, signed_as))
        made = archives.bring(client.server, source, wanted, lambda _done, _all: None)
    if not made["has_files"]:
        click.echo("A catalogue entry: it has no model files.", err=True)
    for row in made["left_out"]:
        click.echo(f"left out there, {row['why']}: {row['path']}", err=True)
    click.echo(
        f"{made['model']}  {made['versions']} versions, {made['artifacts']} device files,"
        f" {made['benchmarks']} benchmarks"
    )


def _import_folder(client: Client, folder: Path, model_id: str, wanted: dict[str, str]) -> None:
    if "/" not in model_id:
        raise click.UsageError("A folder needs the OWNER/NAME of the model it becomes.")
    files = archives.find_files(folder)
    entry = {**archives.entry_of(client.server, files), **wanted}
    made = client.push(model_id, files, message=f"Import of {folder.name}", register=entry)
    click.echo(f"{model_id} {made['id'][:7]}")
