"""What aiosmtpd lacks of the SMTP extensions that Exchange announces: DSN, BINARYMIME and CHUNKING."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiosmtpd.smtp import MISSING, SMTP

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 150 << 20
"""What Exchange announces as SIZE."""
PARAMETERS = {"RET", "ENVID", "NOTIFY", "ORCPT", "AUTH"}
"""Of RFC 3461 and RFC 4954. They are accepted, and nothing follows from them here."""


class Extensions(SMTP):
    """aiosmtpd's protocol with three extensions more."""

    _chunks: bytearray | None = None
    """What BDAT has brought of a message that is not whole yet."""

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        found = super()._getparams(params)
        if found is not None:
            found = {name: value for name, value in found.items() if name not in PARAMETERS}
            if found.get("BODY") == "BINARYMIME":
                found["BODY"] = "8BITMIME"
        return found

    async def smtp_BDAT(self, arg: str) -> None:
        """Take one chunk of a message, which is delivered with the last (RFC 3030)."""
        size, _, last = (arg or "").strip().partition(" ")
        if not size.isdecimal() or last.upper() not in {"", "LAST"}:
            await self.push("501 5.5.4 Syntax: BDAT size [LAST]")
            return
        known = bytearray() if self._chunks is None else self._chunks
        if len(known) + int(size) > MOST_BYTES:
            await self.push("552 5.3.4 Message size exceeds fixed maximum message size")
            self._writer.close()
            return
        known += await self._reader.readexactly(int(size))  # also where it is refused: it is on its way
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Bad sequence of commands")
            return
        self._chunks = known
        if last:
            await self._deliver(bytes(known))
        else:
            await self.push(f"250 2.6.0 Chunk received OK, {len(known)} octets")

    async def _deliver(self, content: bytes) -> None:
        assert self.envelope is not None
        self.envelope.content = self.envelope.original_content = content
        status = await self._call_handler_hook("DATA")
        self._set_post_data_state()
        await self.push("250 2.0.0 OK" if status is MISSING else status)

    async def smtp_DATA(self, arg: str) -> None:
        """Take a message, but not the end of one that BDAT began."""
        if self._chunks is not None:
            await self.push("503 5.5.1 Bad sequence of commands")
        else:
            await super().smtp_DATA(arg)

    def _set_post_data_state(self) -> None:
        self._chunks = None
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    def _set_rset_state(self) -> None:
        self._chunks = None
        super()._set_rset_state()  # type: ignore[no-untyped-call]
