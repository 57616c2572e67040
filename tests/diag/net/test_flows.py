"""Which ports are a check's own."""

from __future__ import annotations

import socket

from diag.net import flows


def test_flows_are_kept_only_where_somebody_asks_for_them() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        flows.note(sock, ("192.0.2.1", 53))
        own: set[flows.Flow] = set()
        token = flows.OWN.set(own)
        try:
            flows.note(sock, ("192.0.2.1", 53))
            with socket.socket() as gone:
                pass
            flows.note(gone, ("192.0.2.1", 993))
        finally:
            flows.OWN.reset(token)
        assert own == {(17, sock.getsockname()[1], "192.0.2.1", 53)}
