"""The parts of a message, held against what Python's own parser makes of it."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from typing import cast

import pytest

from fakes.imap_grammar import Bad, Word, parse
from fakes.imap_structure import DEEPEST, Entity, envelope, section, structure


def nested() -> bytes:
    """Write a message with a text, a picture and another message with an attachment of its own."""
    inner = EmailMessage(policy=SMTP)
    inner["Subject"], inner["From"] = "Inner", "Ola <ola@contoso.example>"
    inner.set_content("inner text\n")
    inner.add_attachment(b"\x00\x01", maintype="application", subtype="pdf", filename="bill.pdf")
    outer = EmailMessage(policy=SMTP)
    outer["Subject"], outer["From"], outer["To"] = "Outer", "a@contoso.example", "b@contoso.example, C <c@x.example>"
    outer.set_content("outer text\n")
    outer.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="photo.jpg")
    outer.add_attachment(inner)
    return outer.as_bytes()


DATA = nested()
ENTITY = Entity.of(DATA)


def leaves(message: Message, path: str = "") -> list[tuple[str, Message]]:
    """Give every leaf its number in IMAP."""
    if message.get_content_type() == "message/rfc822":
        return leaves(cast("Message", message.get_payload(0)), path)
    if not message.is_multipart():
        return [(path or "1", message)]
    parts = [cast("Message", message.get_payload(at)) for at in range(len(message.get_payload()))]
    return [found for at, part in enumerate(parts, 1) for found in leaves(part, f"{path}.{at}".strip("."))]


def test_every_leaf_is_found_under_its_number() -> None:
    found = leaves(message_from_bytes(DATA))
    assert [path for path, _ in found] == ["1", "2", "3.1", "3.2"]
    for path, leaf in found:
        assert section(ENTITY, path).strip() == str(leaf.get_payload()).encode().strip()
        assert b"Content-Type" in section(ENTITY, f"{path}.MIME")


def test_a_message_inside_has_a_header_and_a_text_of_its_own() -> None:
    assert section(ENTITY, "3.HEADER").startswith(b"Subject: Inner\r\n")
    assert section(ENTITY, "3.HEADER.FIELDS (SUBJECT)") == b"Subject: Inner\r\n\r\n"
    assert b"inner text" in section(ENTITY, "3.TEXT")
    assert b"message/rfc822" in section(ENTITY, "3.MIME")
    assert section(ENTITY, "3") == section(ENTITY, "3.HEADER") + section(ENTITY, "3.TEXT")
    assert section(ENTITY, "HEADER") + section(ENTITY, "TEXT") == section(ENTITY, "") == DATA


@pytest.mark.parametrize("path", ["4", "1.2", "2.TEXT", "3.3", "0"])
def test_what_is_not_there_is_empty(path: str) -> None:
    assert section(ENTITY, path) == b""


def test_another_name_is_a_bad_command() -> None:
    with pytest.raises(Bad):
        section(ENTITY, "FOOTER")


def test_the_structure_states_each_size_as_fetched() -> None:
    (words,) = parse([structure(ENTITY, extended=True).encode()])
    sizes = dict(_sizes(words))
    assert sizes.keys() == {"1", "2", "3", "3.1", "3.2"}
    assert {path: len(section(ENTITY, path)) for path in sizes} == sizes


def _sizes(words: Word, path: str = "") -> list[tuple[str, int]]:
    """Read the octets of each part out of a BODYSTRUCTURE."""
    assert isinstance(words, list)
    if isinstance(words[0], list):
        parts = [word for word in words if isinstance(word, list) and isinstance(word[0], list | str)]
        inner = parts[: next(at for at, word in enumerate(words) if not isinstance(word, list))]
        return [size for at, part in enumerate(inner, 1) for size in _sizes(part, f"{path}.{at}".strip("."))]
    own = [(path, int(str(words[6])))]
    return own + _sizes(words[8], path) if words[0] == "MESSAGE" else own


def test_only_the_extended_structure_has_file_names() -> None:
    assert '("ATTACHMENT" ("FILENAME" "photo.jpg"))' in structure(ENTITY, extended=True)
    assert "FILENAME" not in structure(ENTITY, extended=False)
    assert '"BOUNDARY"' in structure(ENTITY, extended=True)


def test_an_envelope_names_everybody() -> None:
    shown = envelope(ENTITY.headers)
    assert '((NIL NIL "b" "contoso.example")("C" NIL "c" "x.example"))' in shown
    assert len(parse([shown.encode()])[0]) == 10


def test_a_body_without_its_end_and_an_empty_part_are_read() -> None:
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n"
    cut = Entity.of(head + b"--x\r\n\r\none\r\n--xy\r\n--x\r\n--x\r\n\r\nthree")
    assert [part.body for part in cut.parts] == [b"one\r\n--xy", b"", b"three"]
    assert section(cut, "3") == b"three"


def test_parts_within_parts_have_an_end() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5 * DEEPEST)
    )
    assert structure(Entity.of(deep), extended=False).count("(") < 3 * DEEPEST
