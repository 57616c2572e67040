"""``maildiag explain``: the page of a finding, for reading before, after or without a check."""

from __future__ import annotations

import click


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Show what the finding CODE means, why it happens, what to do and how to be sure.

    Without CODE all findings are listed, one line each.
    """
    from diag import catalogue  # noqa: PLC0415  reads the pages

    codes = sorted(catalogue.codes())
    if code is None:
        width = max(map(len, codes))
        for name in codes:
            click.echo(f"{name:{width}}  {catalogue.page(name).summary}")
        return
    name = code.strip().removesuffix(".md").strip("/")
    if name not in codes:
        from difflib import get_close_matches  # noqa: PLC0415  only for a wrong name

        close = get_close_matches(name, codes, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(close)}?" if close else "'maildiag explain' lists all of them."
        message = f"There is no finding {name!r}. {hint}"
        raise click.UsageError(message)
    from diag.cli.output import terminal  # noqa: PLC0415
    from diag.report import text as report  # noqa: PLC0415  needs rich

    click.echo(report.render_page(catalogue.page(name), **terminal(to_file=False)), color=True)
