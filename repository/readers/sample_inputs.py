"""The one pickle inside a torch.export archive: tensors to try it with, and nothing else."""

import re
import zipfile
from io import SEEK_END
from typing import IO

from repository.readers.finding import invalid
from repository.readers.pickles import blocked_pickle, walk

MOST_PICKLE = 2**20
# What torch.load(weights_only=True) calls to rebuild a plain tensor, so that it succeeds and
# torch never tries again without its allow-list.
HARMLESS = re.compile(
    r"collections\.OrderedDict|torch\._utils\._rebuild_(tensor_v2|parameter)|torch\.Size"
    r"|torch\.(Float|Double|Half|BFloat16|Byte|Char|Short|Int|Long|Bool)Storage"
    r"|torch\.serialization\._get_layout|torch\.(float|int|uint|bfloat)\d+|torch\.bool"
)
MEMBER = re.compile(
    r"[\w.-]+/(data\.pkl|data/\d+|byteorder|version|\.format_version|\.storage_alignment"
    r"|\.data/serialization_id)"
)


def check_sample_inputs(content: IO[bytes]) -> None:
    """Refuse sample inputs whose pickle names anything but what plain tensors are made of."""
    if not content.seek(0, SEEK_END):
        return
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
            pickles = [name for name in names if name.endswith("data.pkl")]
            if len(pickles) != 1 or len(set(names)) != len(names):
                raise invalid("its sample inputs are not one saved object")
            if any(not MEMBER.fullmatch(name) for name in names):
                raise invalid("its sample inputs hold more than tensors")
            with archive.open(pickles[0]) as member:
                pickle = member.read(MOST_PICKLE)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise invalid("its sample inputs cannot be read") from error
    seen = walk(pickle)
    if not seen.ended or not seen.complete or not all(map(HARMLESS.fullmatch, seen.globals)):
        raise blocked_pickle(pickle)
