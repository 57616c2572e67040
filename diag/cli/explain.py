"""``maildiag explain``: the page of a finding, for reading before, after or without a check."""

from __future__ import annotations

import re

import click


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Show what the finding CODE means, why it happens, what to do and how to be sure.

    CODE may also be a number of Entra ID, such as AADSTS65001. Without CODE all findings are listed, one line each.
    """
    from diag import catalogue  # noqa: PLC0415  reads the pages

    codes = sorted(catalogue.codes())
    if code is None:
        width = max(map(len, codes))
        for name in codes:
            click.echo(f"{name:{width}}  {catalogue.unfilled(catalogue.page(name)).summary}")
        return
    of_number = _of_number(code)
    name, values = of_number or (code.strip().removesuffix(".md").strip("/"), {})
    if name not in codes:
        from difflib import get_close_matches  # noqa: PLC0415  only for a wrong name

        close = get_close_matches(name, codes, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(close)}?" if close else "'maildiag explain' lists all of them."
        message = f"There is no finding {name!r}. {hint}"
        raise click.UsageError(message)
    from diag.cli.output import terminal  # noqa: PLC0415
    from diag.report import text as report  # noqa: PLC0415  needs rich

    click.echo(
        report.render_page(catalogue.unfilled(catalogue.page(name), values), **terminal(to_file=False)), color=True
    )


def _of_number(code: str) -> tuple[str, dict[str, str]] | None:
    """Return the finding of an AADSTS number with what its page can be filled with, and say what the number means."""
    match = re.fullmatch(r"(?:AADSTS)?(\d{4,8})", code.strip(), re.IGNORECASE)
    if match is None:
        return None
    from diag.rules.entra import table  # noqa: PLC0415  only for a number

    row = table().get(int(match[1]))
    if row is None:
        click.echo(f"AADSTS{match[1]} is not known to this tool.\n")
        return "entra/error-unknown", {"number": match[1], "means": "a number that is not known to this tool"}
    click.echo(f"AADSTS{match[1]}: {row['means']}.\n")
    return str(row["finding"]), {"number": match[1], "means": str(row["means"])}
