"""The two local sockets of a limb: where they lie, who may use them."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import socket
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import ProfileError

COMMAND_SOCKET = "guard.sock"
REQUEST_SOCKET = "limb.sock"
GROUP = "innervate"
_PEER = struct.Struct("iII")  # struct ucred: pid, uid, gid


def prepare_runtime_dir(path: Path) -> None:
    """Make the folder (0700, or 0750 for the group) or check that nobody else can write there.

    Raises:
        ProfileError: it cannot be made, is not a folder, or others may write in it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_uid not in (os.getuid(), 0) or stat.S_IMODE(found.st_mode) & 0o022:
            raise ProfileError(
                f"{path}: others may write in this runtime folder", "make it mode 0700 and yours"
            )
        group_id = _group_id()
        if group_id is not None and os.getuid() == 0:
            os.chown(path, -1, group_id)
            path.chmod(0o750)
    except OSError as error:
        raise ProfileError(f"{path}: cannot be used as runtime folder: {error.strerror}") from error


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """The path for `bind` or `connect`, through its folder's descriptor where it is too long for a socket."""
    if len(os.fsencode(path)) < 108:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path, mode: int) -> socket.socket:
    """A non-blocking SEQPACKET socket at `path`; replaces one that a dead guard left.

    The caller holds the limb's lock, so nobody else can be serving there.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(
        socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    )
    mask = os.umask(0o777 & ~mode)
    try:
        with address(path) as where:
            listener.bind(where)
    finally:
        os.umask(mask)
    group_id = _group_id()
    if mode & 0o060 and group_id is not None:
        with contextlib.suppress(OSError):  # not root and not a member: only this user may ask
            os.chown(path, -1, group_id)
    listener.listen(8)
    return listener


class Peers:
    """Who may talk to us: this user, root and, where wanted, members of the group. Looked up once."""

    def __init__(self, *, group: bool) -> None:
        self._users = {0, os.getuid()}
        self._group_id = _group_id() if group else None
        if self._group_id is not None:
            for name in grp.getgrgid(self._group_id).gr_mem:
                with contextlib.suppress(KeyError):
                    self._users.add(pwd.getpwnam(name).pw_uid)

    def allows(self, connection: socket.socket) -> bool:
        """By the credentials the kernel vouches for."""
        _, user, group = _PEER.unpack(
            connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        )
        return user in self._users or (self._group_id is not None and group == self._group_id)


def _group_id() -> int | None:
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return None
