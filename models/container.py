"""The file around a model bundle: a zip of three stored members whose comment is a checksum of all before it.

Nothing is parsed beyond the zip's own directory, and nothing is unpacked that could grow.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ..core.errors import BundleError

MANIFEST, DECODER, SIGNATURE = "manifest.json", "decoder.npz", "signature.json"
MAX_BYTES = {MANIFEST: 1 << 20, DECODER: 64 << 20, SIGNATURE: 4096}
MAX_FILE_BYTES = 66 << 20
DAMAGED = "copy it again, go back to the previous one, or calibrate again"
_COMMENT = b"sha256:"
_COMMENT_BYTES = len(_COMMENT) + 64


def zip_members(members: Mapping[str, bytes]) -> bytes:
    """The file that holds these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
        archive.comment = _COMMENT + b"0" * 64
    content = file.getvalue()
    body = content[:-_COMMENT_BYTES]
    return body + _COMMENT + hashlib.sha256(body).hexdigest().encode()


def read_members(path: Path) -> tuple[dict[str, bytes], str]:
    """(members by name, hex SHA-256 of the file).

    Raises:
        BundleError: not such a file, damaged, or with more or less in it than there should be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise BundleError(f"{path}: no such model", "calibrate first") from error
    except OSError as error:
        raise BundleError(f"{path}: the model cannot be read: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise BundleError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; that is not a model bundle")
    body, comment = content[:-_COMMENT_BYTES], content[-_COMMENT_BYTES:]
    if not content.startswith(b"PK") or not comment.startswith(_COMMENT):
        raise BundleError(f"{path}: not a model bundle, or cut short", DAMAGED)
    if comment != _COMMENT + hashlib.sha256(body).hexdigest().encode():
        raise BundleError(f"{path}: damaged: its content does not match its checksum", DAMAGED)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            for name in MAX_BYTES:
                if name not in names:
                    raise BundleError(f"{path}: {name} is missing", DAMAGED)
            for entry in entries:
                if entry.filename not in MAX_BYTES or names.count(entry.filename) > 1:
                    raise BundleError(f"{path}: {entry.filename!r} does not belong into a model bundle")
                if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > MAX_BYTES[entry.filename]:
                    raise BundleError(f"{path}: {entry.filename} is compressed or larger than a model can be")
            return {name: archive.read(name) for name in names}, hashlib.sha256(content).hexdigest()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise BundleError(f"{path}: not a model bundle: {error}", DAMAGED) from error
