"""Messages between the processes of the lab: pickled, each behind its length. All of them run this same program."""

from __future__ import annotations

import asyncio
import pickle
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_LENGTH = struct.Struct("!Q")


def packed(message: object) -> bytes:
    """Put ``message`` into bytes."""
    data = pickle.dumps(message)
    return _LENGTH.pack(len(data)) + data


async def read(reader: asyncio.StreamReader) -> Any:  # noqa: ANN401  whatever was sent
    """Return the next message.

    :raises EOFError: the other side is gone.
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return pickle.loads(await reader.readexactly(length))  # noqa: S301  from a process that this one has started
    except (asyncio.IncompleteReadError, ConnectionError) as end:
        raise EOFError from end


def receive(sock: socket.socket) -> Any:  # noqa: ANN401  whatever was sent
    """Return the next message from a blocking socket, and leave what comes behind it.

    :raises EOFError: the other side is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size))
    return pickle.loads(_exactly(sock, length))  # noqa: S301  as above


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return bytes(data)


async def ask(sock: socket.socket, message: object) -> Any:  # noqa: ANN401  whatever comes back
    """Send ``message`` over ``sock``, and return the one that comes back. The socket is closed in any case.

    :raises EOFError: the other side is gone.
    """
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        writer.write(packed(message))
        return await read(reader)
    finally:
        writer.close()
