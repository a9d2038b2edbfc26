"""Files that were sent, in a folder of the server's own under names of its own, until they are taken in or too old."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from gridmap.errors import InputError, LimitError
from gridmap.files import Proposal
from gridmap.settings import Settings

__all__ = ["Upload", "Uploads"]

_KEPT_S = 3_600.0
_MOST_KEPT = 16
ENDINGS = (
    ".geojson", ".json", ".gpkg", ".zip", ".kml", ".kmz", ".dxf", ".csv", ".xlsx", ".xls", ".gml", ".fgb", ".parquet",
)  # fmt: skip


@dataclass(eq=False)
class Upload:
    """A file that was sent, and how it would be read."""

    id: str
    path: Path
    layer: str
    owner: str
    proposal: Proposal | None = None
    made: float = field(default_factory=time.monotonic)


class Uploads:
    """The files of one process, or with a `shared` folder of several."""

    def __init__(self, settings: Settings, *, shared: Path | None = None) -> None:
        self._shared = shared is not None
        self._folder = shared or Path(tempfile.mkdtemp(prefix="gridmap-uploads-"))
        self._most = min(settings.max_file_bytes, 1 << 30)
        self._kept: dict[str, Upload] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Remove them all; a shared folder is for whoever made it to remove."""
        if not self._shared:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def receive(self, name: str, layer: str, chunks: AsyncIterator[bytes], *, owner: str) -> Upload:
        """Keep a file as it comes; LimitError for one that is too large, InputError for an ending that none has."""
        ending = re.search(r"(\.[A-Za-z0-9]{1,8})$", name)
        if ending is None or ending[1].lower() not in ENDINGS:
            raise InputError("file-ending", "The name of the file does not say what it is.", f"Use {' '.join(ENDINGS)}")
        upload = Upload(uuid.uuid4().hex, self._folder / f"{uuid.uuid4().hex}{ending[1].lower()}", layer, owner)
        size = 0
        try:
            with upload.path.open("xb") as out:
                async for chunk in chunks:
                    size += len(chunk)
                    self._require_room(size)
                    out.write(chunk)
        except BaseException:
            upload.path.unlink(missing_ok=True)
            raise
        with self._lock:
            self._clear()
            self._kept[upload.id] = upload
        return upload

    def _require_room(self, size: int) -> None:
        if size > self._most:
            raise LimitError("file-too-large", "The file is too large.", f"At most {self._most:,} bytes.")

    def get(self, id_: str, owner: str) -> Upload:
        """Return a file; InputError if there is none, or it is somebody else's."""
        upload = self._kept.get(id_) or self._elsewhere(id_)
        if upload is None or upload.owner != owner:
            raise InputError("upload-unknown", "There is no such upload.", "They are kept for an hour: send it again.")
        return upload

    def propose(self, upload: Upload, proposal: Proposal) -> None:
        """Keep how a file would be read."""
        upload.proposal = proposal
        if self._shared:
            told = {"layer": upload.layer, "owner": upload.owner, "proposal": proposal.to_dict()}
            fresh = self._folder / f"{upload.id}.new"
            fresh.write_text(json.dumps({**told, "path": upload.path.name}, ensure_ascii=False), "utf-8")
            fresh.replace(self._sidecar(upload.id))

    def _sidecar(self, id_: str) -> Path:
        return self._folder / f"{id_}.upload"

    def _elsewhere(self, id_: str) -> Upload | None:
        """Return a file that another process has received and proposed."""
        if not self._shared or not re.fullmatch(r"[0-9a-f]{32}", id_):
            return None
        try:
            told = json.loads(self._sidecar(id_).read_text("utf-8"))
        except OSError:
            return None
        proposal = Proposal.from_dict(told["proposal"])
        return Upload(id_, self._folder / told["path"], told["layer"], told["owner"], proposal)

    def drop(self, upload: Upload) -> None:
        """Remove a file."""
        with self._lock:
            self._kept.pop(upload.id, None)
        upload.path.unlink(missing_ok=True)
        self._sidecar(upload.id).unlink(missing_ok=True)

    def _clear(self) -> None:
        now = time.monotonic()
        kept = sorted(self._kept.values(), key=lambda one: one.made)
        for at, one in enumerate(kept):
            if now - one.made > _KEPT_S or len(kept) - at >= _MOST_KEPT:
                self._kept.pop(one.id, None)
                one.path.unlink(missing_ok=True)
                self._sidecar(one.id).unlink(missing_ok=True)
