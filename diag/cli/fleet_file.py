"""The file of a fleet: which mailboxes are checked from here, and what was measured elsewhere.

The keys of a mailbox are the options of ``maildiag check``, so what that command can do, a fleet can do.
"""

from __future__ import annotations

from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diag.cli.check import FOR_ONE, check, refuse_contradictions, with_defaults
from diag.cli.options import MAIL_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.places import Read

TABLES = ("site", "defaults", "mailboxes", "saved")
ON, OFF = {"true", "yes", "on"}, {"false", "no", "off"}
MOST_MAILBOXES = 5000
EXAMPLE = """
    site: Warsaw
    defaults: {provider: microsoft365}
    mailboxes:
      helpdesk@contoso.com: {token-env: HELPDESK_TOKEN}
      sales@contoso.com: {protocols: "imap,smtp"}
    saved:
      Gdansk: gdansk/*.json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One mailbox, with what ``maildiag check`` makes of its options."""

    address: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A file that was read."""

    site: str | None
    members: tuple[Member, ...]
    saved: tuple[tuple[str, Path], ...]
    """Saved measurements with the site that they are from."""


def load(name: str) -> Fleet:
    """Read the file ``name``.

    :raises click.UsageError: it is not there, or something in it is wrong; all of it is listed with its place.
    """
    from diag.places import LARGEST, FileError, read  # noqa: PLC0415  only for this command

    try:
        with Path(name).open(encoding="utf-8-sig") as file:
            return _fleet(read(file.read(LARGEST + 1), name), Path(name).parent)
    except OSError as error:
        message = f"{name}: {error.strerror}"
    except UnicodeDecodeError as error:
        message = f"{name}: byte {error.start} is not UTF-8; expected TOML, YAML or JSON"
    except FileError as error:
        message = f"{error}\nA fleet looks like this:\n{EXAMPLE}"
    raise click.UsageError(message)


def _fleet(found: Read, folder: Path) -> Fleet:
    from diag.places import FileError  # noqa: PLC0415  see load

    problems: list[str] = [f"{found.at((key,))}: unknown key '{key}'; known here: {', '.join(TABLES)}"
                           for key in found.data if key not in TABLES]  # fmt: skip
    tables = {key: _table(found, key, problems) for key in TABLES[1:]}
    site = found.data.get("site")
    if site is not None and not isinstance(site, str):
        problems.append(f"{found.at(('site',))}: 'site': expected the name of this place")
    defaults = _arguments(found, ("defaults",), tables["defaults"], folder, problems)
    members: list[Member] = []
    for address, table in list(tables["mailboxes"].items())[:MOST_MAILBOXES]:
        place = ("mailboxes", address)
        own = _arguments(found, place, table if table is not None else {}, folder, problems)
        members += _member(found, place, [*defaults, *own], problems)
    saved = list(_saved(found, tables["saved"], folder, problems))
    if not problems and not members and not saved:
        problems.append(f"{found.at(())}: expected a table 'mailboxes', 'saved' or both")
    if problems:
        raise FileError("\n".join(dict.fromkeys(problems)))
    return Fleet(site=site, members=tuple(members), saved=tuple(saved))


def _table(found: Read, key: str, problems: list[str]) -> dict[str, Any]:
    table = found.data.get(key)
    if table is None:
        return {}
    if not isinstance(table, dict):
        problems.append(f"{found.at((key,))}: '{key}': expected a table")
        return {}
    return table


def _arguments(found: Read, path: tuple[str, ...], table: object, folder: Path, problems: list[str]) -> list[str]:
    """Make command-line arguments of a table of options."""
    if not isinstance(table, dict):
        problems.append(
            f"{found.at(path)}: '{path[-1]}': expected options of 'maildiag check', such as {{provider: gmail}}"
        )
        return []
    arguments = []
    for key, value in table.items():
        option = _options().get(key)
        if option is None:
            from diag.settings import nearest  # noqa: PLC0415  only for a mistake

            hint = nearest(key, tuple(_options()))
            problems.append(f"{found.at((*path, key))}: unknown key '{key}'{hint}")
        elif option.is_flag:
            arguments += _flag(found, (*path, key), value, problems)
        else:
            values = value if isinstance(value, list) else [value]
            arguments += [f"--{key}={_value(option, item, folder)}" for item in values]
    return arguments


def _options() -> dict[str, click.Option]:
    """Return the options that a mailbox can have, by their long names without the dashes."""
    return {
        name.removeprefix("--"): option
        for option in check.params
        if isinstance(option, click.Option) and option.name not in FOR_ONE
        for name in option.opts
        if name.startswith("--")
    }


def _flag(found: Read, path: tuple[str, ...], value: object, problems: list[str]) -> list[str]:
    word = str(value).lower()
    if word in ON:
        return [f"--{path[-1]}"]
    if word not in OFF:
        problems.append(f"{found.at(path)}: '{path[-1]}': expected true or false, found {value!r:.60}")
    return []


def _value(option: click.Option, value: object, folder: Path) -> str:
    """Write a value; the name of a file is meant from where the fleet's file is."""
    text = str(value)
    return str(folder / text) if option.metavar == "FILE" and text != "-" else text


def _member(found: Read, path: tuple[str, ...], arguments: list[str], problems: list[str]) -> Iterator[Member]:
    """Let ``maildiag check`` read the arguments, so that it says itself what is wrong with them."""
    address = path[-1]
    try:
        MAIL_ADDRESS.convert(address, None, None)
        context = check.make_context("check", [*arguments, "--", address])
        options = with_defaults({name: value for name, value in context.params.items() if name != "address"})
        refuse_contradictions(address, options)
    except click.UsageError as error:
        problems.append(f"{found.at(path)}: {error.format_message()}")
    else:
        yield Member(address=address, options=options)


def _saved(found: Read, table: dict[str, Any], folder: Path, problems: list[str]) -> Iterator[tuple[str, Path]]:
    for site, patterns in table.items():
        for pattern in patterns if isinstance(patterns, list) else [patterns]:
            files = sorted(glob(str(folder / str(pattern))))  # noqa: PTH207  Path.glob takes no absolute pattern
            if not files:
                problems.append(f"{found.at(('saved', site))}: there is no file {str(folder / str(pattern))!r:.100}")
            yield from ((site, Path(file)) for file in files)
