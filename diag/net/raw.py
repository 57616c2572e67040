"""A program of its own for what takes raw packets: it is started by :mod:`diag.net.packets`, and only it loads scapy.

scapy is GPL-2.0-only, starts slowly and wants rights, so it has a process to itself. Requests come as lines of JSON on
standard input, answers go as lines of JSON to standard output; the end of the input is the end of the program.
"""

from __future__ import annotations

import ipaddress
import json
import random
import socket
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from diag.net.path import MOST_HOPS, WINDOW

MOST_CAPTURED = 200_000
"""Packets kept until it is known which are this check's own; older ones are forgotten."""
SNAPSHOT = 2048
"""Bytes kept of each."""
PAUSE = 0.2
"""Seconds between two looks at whether it is over."""
HEADERS = {"Ether": 14, "CookedLinux": 16, "Loopback": 4}
"""Bytes before the IP packet, by scapy's name of the kind of link."""
_LOCK = threading.Lock()
_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58


def say(**answer: Any) -> None:  # noqa: ANN401  whatever JSON has
    """Write one answer."""
    with _LOCK:
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def main() -> None:
    """Say ``ready`` or what is missing, then do what is asked for."""
    from scapy.config import conf

    conf.verb = 0
    conf.load_layers = []
    work = Tracer() if sys.argv[1] == "trace" else Capture(sys.argv[2])
    try:
        work.begin()
    except (OSError, ImportError) as error:
        say(error=f"{error.__class__.__name__}: {error}")
        return
    say(ready=True)
    for line in sys.stdin:
        work.ask(json.loads(line))
    work.end()


class Tracer:
    """Traces on request, several at once."""

    def begin(self) -> None:
        """Make sure that there is a right to raw packets.

        :raises OSError: there is none.
        """
        from scapy.config import conf

        if sys.platform == "linux":
            from scapy.supersocket import L3RawSocket, L3RawSocket6

            conf.L3socket, conf.L3socket6 = L3RawSocket, L3RawSocket6
        conf.L3socket().close()

    def ask(self, request: dict[str, Any]) -> None:
        """Begin one trace."""
        threading.Thread(target=self._trace, args=(request,), daemon=True).start()

    def end(self) -> None:
        """Leave the rest undone."""

    def _trace(self, request: dict[str, Any]) -> None:
        hops: list[dict[str, Any]] = []
        for first in range(1, MOST_HOPS + 1, WINDOW):
            window = _window(request, range(first, first + WINDOW))
            for hop in window:
                hops.append(hop)
                if hop["answer"] not in {"silent", "time-exceeded"}:
                    say(id=request["id"], hops=hops)
                    return
            if all(hop["answer"] == "silent" for hop in (window if request["patient"] else window[-WINDOW // 2 :])):
                break
        say(id=request["id"], hops=hops)


def _window(request: dict[str, Any], ttls: range) -> list[dict[str, Any]]:
    """Send a SYN for each hop, all at once, and read what comes back. Each has a port of its own to be known by."""
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6
    from scapy.sendrecv import sr

    address, port = request["address"], request["port"]
    own = _own_address(address)
    base, number = random.randrange(20000, 60000), random.randrange(1 << 32)  # noqa: S311  no secret
    packets = []
    for ttl in ttls:
        v6 = ":" in address
        head = IPv6(src=own, dst=address, hlim=ttl) if v6 else IP(src=own, dst=address, ttl=ttl, id=base + ttl)
        packets.append(head / TCP(sport=base + ttl, dport=port, seq=number, flags="S", options=[("MSS", 1460)]))
    answered, _ = sr(packets, timeout=request["timeout"])
    found = {sent[TCP].sport - base: _read(sent, reply) for sent, reply in answered}
    return [found.get(ttl, {"answer": "silent"}) | {"ttl": ttl} for ttl in ttls]


def _own_address(to: str) -> str:
    """Ask the kernel from which address packets go there; scapy reads routes, and misreads some."""
    with socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((to, 9))
        return str(sock.getsockname()[0])


def _read(sent: Any, reply: Any) -> dict[str, Any]:  # noqa: ANN401  scapy has no types
    """Say what a reply is."""
    from scapy.layers.inet import ICMP, IP, TCP

    hop: dict[str, Any] = {"address": reply.src, "took": round(float(reply.time) - float(sent.sent_time), 6)}
    hop["reply_ttl"] = reply.ttl if IP in reply else reply.hlim
    if TCP in reply:
        return hop | {"answer": "connected" if "S" in str(reply[TCP].flags) else "refused"}
    v4 = ICMP in reply
    message, exceeded = (reply[ICMP], (11, 0)) if v4 else (reply.payload, (3, 0))
    kind = (int(message.type), int(message.code))
    hop |= {"icmp_type": kind[0], "icmp_code": kind[1]}
    return hop | {"answer": "time-exceeded" if kind == exceeded else "unreachable"}


class Capture:
    """Keeps packets until it is told which flows are the check's own, and writes those.

    They are not taken apart before that, so that a busy computer's other traffic does not crowd them out.
    """

    def __init__(self, file: str) -> None:
        """Write to ``file`` in the end."""
        self._file = file
        self._kept: deque[tuple[float, bytes]] = deque(maxlen=MOST_CAPTURED)
        self._own: set[tuple[int, int, str, int]] = set()
        self._until = 0.0
        """Seconds since 1970 at which all is over."""

    def begin(self) -> None:
        """Begin to listen on every interface.

        :raises OSError: there is no right to.
        """
        from scapy.arch import get_if_list
        from scapy.layers import l2

        HEADERS[l2.Ether.__name__] = 14  # its import is what makes the kinds of links known
        Path(self._file).write_bytes(b"")  # a name that cannot be written is no surprise at the end
        sockets = [sock for name in get_if_list() if (sock := _listen(name)) is not None]
        self._threads = [threading.Thread(target=self._keep, args=(sock,), daemon=True) for sock in sockets]
        for thread in self._threads:
            thread.start()

    def _keep(self, sock: Any) -> None:  # noqa: ANN401  scapy has no types
        """Keep what comes, and in the end what had come until then."""
        while True:
            if not sock.select([sock], remain=PAUSE):
                if self._until:
                    break
                continue
            link, data, when = sock.recv_raw(SNAPSHOT)
            if self._until and when and when > self._until:
                break
            if data is not None:
                self._kept.append((float(when), data[HEADERS.get(link.__name__, 0) :]))
        sock.close()

    def ask(self, request: dict[str, Any]) -> None:
        """Learn of flows: protocol, own port, other address and port."""
        self._own |= {(kind, own, address, port) for kind, own, address, port in request["flows"]}

    def end(self) -> None:
        """Write the own ones."""
        from scapy.utils import RawPcapWriter

        self._until = time.time()
        for thread in self._threads:
            thread.join()
        own = {(when, data) for when, data in self._kept if is_own(data, self._own)}  # lo shows each packet twice
        with RawPcapWriter(self._file, linktype=101, snaplen=SNAPSHOT) as writer:
            writer.write_header(None)
            for when, data in sorted(own):
                writer.write_packet(data, sec=int(when), usec=int(when % 1 * 1e6))
        say(written=len(own))


def _listen(interface: str) -> Any:  # noqa: ANN401  scapy has no types
    """Listen on an interface, or return None where it is down.

    :raises PermissionError: there is no right to.
    """
    from scapy.config import conf

    try:
        return conf.L2listen(iface=interface, promisc=False)
    except PermissionError:
        raise
    except OSError:
        return None


def is_own(data: bytes, flows: set[tuple[int, int, str, int]]) -> bool:
    """Tell whether an IP packet belongs to one of ``flows``, or is an ICMP error about one."""
    found = _ends(data)
    if found is None:
        return False
    kind, source, destination, payload = found
    if kind in {_ICMP, _ICMPV6}:
        return len(payload) > 8 and payload[0] in {1, 2, 3, 4, 11} and is_own(payload[8:], flows)  # noqa: PLR2004
    if kind not in {_TCP, _UDP} or len(payload) < 4:  # noqa: PLR2004  two ports
        return False
    one, other = int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:4], "big")
    return (kind, one, destination, other) in flows or (kind, other, source, one) in flows


def _ends(data: bytes) -> tuple[int, str, str, bytes] | None:
    """Return protocol, source, destination and payload of an IP packet without extension headers."""
    if len(data) >= 20 and data[0] >> 4 == 4:  # noqa: PLR2004  RFC 791
        source, destination = (str(ipaddress.IPv4Address(data[at : at + 4])) for at in (12, 16))
        return data[9], source, destination, data[(data[0] & 15) * 4 :]
    if len(data) >= 40 and data[0] >> 4 == 6:  # noqa: PLR2004  RFC 8200
        source, destination = (str(ipaddress.IPv6Address(data[at : at + 16])) for at in (8, 24))
        return data[6], source, destination, data[40:]
    return None


if __name__ == "__main__":
    main()
