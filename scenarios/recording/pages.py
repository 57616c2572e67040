"""The further hosts of the sign-in page: those that were reached stand in the world, and the others do not open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag import clouds
from diag.model.actions import ProxyTunnel, TcpConnect, TlsOffer
from diag.model.failure import FailureCode

if TYPE_CHECKING:
    from scenarios.recording.sketch import Sketch

BY_FAILURE = {
    FailureCode.CONNECTION_RESET: "reset_hello",
    FailureCode.CONNECTION_CLOSED: "reset_hello",
    FailureCode.READ_TIMEOUT: "swallow",
}
"""What a device does where TLS is cut off."""


def places(sketch: Sketch) -> list[str]:
    """Return the places that were dialled for the sake of the sign-in page."""
    known = {endpoint.host for endpoint in sketch.measurement.target.endpoints}
    found = [f"{host}:443" for cloud in clouds.clouds() for host in cloud.page if host not in known]
    return [place for place in found if _dialled(sketch, place)]


def shut(sketch: Sketch) -> list[str]:
    """Return those of them that did not open, not even a second time."""
    return [place for place in places(sketch) if all(seen.failure for seen in sketch.facts.of(TcpConnect, place))]


def _dialled(sketch: Sketch, place: str) -> bool:
    return bool(sketch.facts.of(TcpConnect, place) or sketch.facts.of(ProxyTunnel, place))


def draw(sketch: Sketch) -> None:
    """Draw them. How a connection failed is drawn with all others."""
    for place in places(sketch):
        sketch.world.setdefault("services", {}).setdefault(place, {"speaks": "http"})
        for seen in sketch.facts.of(TlsOffer, place):
            if seen.code in BY_FAILURE:
                sketch.block(place, BY_FAILURE[seen.code])
