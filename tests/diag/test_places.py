"""Keys are found at their places in each of the three languages, and a broken file is told with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.places import LARGEST, FileError, read

TOML = '# a mailbox\n[receiving]\nserver = "a # b"\n  port=993\n'
YAML = "# a mailbox\nreceiving:\n  server: 'a # b'\n  port: 993\n"
JSON = '{\n"receiving": {\n"server": "a # b", "port": 993}\n}'


@pytest.mark.parametrize(
    ("name", "text", "server", "port"),
    [
        ("f.toml", TOML, "3:1", "4:3"),
        ("f.yaml", YAML, "3:3", "4:3"),
        ("f.json", JSON, "3:1", "3:20"),
        ("f", YAML, "3:3", "4:3"),
    ],
)
def test_each_language_gives_data_and_places(name: str, text: str, server: str, port: str) -> None:
    found = read(text, name)
    assert found.data == {"receiving": {"server": "a # b", "port": 993}}
    assert found.at(("receiving", "server")) == f"{name}:{server}"
    assert found.at(("receiving", "port")) == f"{name}:{port}"
    assert found.at(("receiving", "user")) == found.at(("receiving",))


def test_an_inline_table_and_a_dotted_key_have_places() -> None:
    found = read('receiving = {server = "x", port = 1}\nsending.port = 2\n', "f.toml")
    assert (found.at(("receiving", "port")), found.at(("sending", "port"))) == ("f.toml:1:28", "f.toml:2:1")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("f.toml", "[receiving\n", "f.toml:1:11: no TOML: "),
        ("f.toml", "a = 1\na = 2\n", "f.toml:2:6: no TOML: Cannot overwrite a value"),
        ("f.json", '{"a": 1,}', "f.json:1:9: no JSON: "),
        ("f.json", '{"a": 1,\n "a": 2}', "f.json:2:2: the key 'a' stands twice"),
        ("f.json", "[1]", "f.json:1:1: expected tables with keys and values, found a list"),
        ("f.json", "[" * 30_000, "f.json:1:"),
        ("f.yaml", "a: [1\n", "f.yaml:2:1: no YAML: "),
        ("f.yaml", "a: 1\na: 2\n", "f.yaml:2:1: the key 'a' stands twice"),
        ("f.yaml", "", "f.yaml:1:1: expected tables with keys and values, found nothing"),
        ("f.yaml", "x" * (LARGEST + 1), f"f.yaml:1:1: larger than {LARGEST} characters"),
    ],
)
def test_what_is_no_such_file_is_told_with_its_place(name: str, text: str, message: str) -> None:
    with pytest.raises(FileError) as error:
        read(text, name)
    assert str(error.value).startswith(message)


@given(st.text(max_size=60), st.sampled_from(["f.toml", "f.yaml", "f.json"]))
def test_no_text_does_anything_else_than_be_read_or_refused(text: str, name: str) -> None:
    try:
        found = read(text, name)
    except FileError as error:
        told = str(error)
    else:
        told = found.at(())
    assert told.startswith(f"{name}:")
