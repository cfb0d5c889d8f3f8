"""`ondol keygen` and `ondol sign`: a publisher's own word on what a version is made of."""

from pathlib import Path

import click

from ondol import releases
from ondol.client import Client


def trusting(command: click.decorators.FC) -> click.decorators.FC:
    """Give a command the keys that are pinned, and the name that they signed."""
    trust = click.option(
        "--trust",
        multiple=True,
        envvar="ONDOL_TRUST",
        metavar="KEY",
        help="Take nothing that this public key did not sign; may be repeated.",
    )
    signed_as = click.option(
        "--signed-as",
        default="",
        metavar="OWNER/NAME",
        help="What the model was called where it was signed, if it has another name here.",
    )
    return trust(signed_as(command))


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def keygen(*, path: Path) -> None:
    """Make a private key in a new file, and print the public key that devices pin."""
    click.echo(releases.make_key(path))


@click.command()
@click.argument("model_id", metavar="OWNER/NAME")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Of ondol keygen.")
@click.option("--ref", default="main", show_default=True)
@click.option("--artifact", default="", metavar="FORMAT[:PRECISION]", help="One device file only.")
def sign(*, model_id: str, folder: Path, key: Path, ref: str, artifact: str) -> None:
    """Sign a version, or one device file, as it lies in a folder of yours.

    What is signed are your bytes: where the server has others, nothing is signed.
    """
    with Client() as client:
        made = client.sign(model_id, folder, key, ref=ref, artifact=artifact)
    click.echo(f"{model_id} {made.version[:7]}: {len(made.files)} files signed")
