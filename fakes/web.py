"""A web server that says only that it is there: for hosts of which the name, the port and TLS matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11

from fakes.connection import Gone

if TYPE_CHECKING:
    from fakes.connection import Connection
    from fakes.server import Context


async def serve(connection: Connection, context: Context) -> None:
    """Answer requests with 404 until the client leaves."""
    state = h11.Connection(h11.SERVER)
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            state.receive_data(await connection.read_some())
        elif isinstance(event, h11.EndOfMessage):
            body = f"{context.host}: nothing here\n".encode()
            head = h11.Response(
                status_code=404,
                headers=[("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body)))],
            )
            for part in (head, h11.Data(data=body), h11.EndOfMessage()):
                await connection.write(state.send(part) or b"")
            if state.our_state is not h11.DONE or state.their_state is not h11.DONE:
                raise Gone
            state.start_next_cycle()
        elif isinstance(event, h11.ConnectionClosed):
            raise Gone
