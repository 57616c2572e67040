"""What the verdicts on many mailboxes have in common, and so where a cause lies: at a site, or with a mailbox.

A cause that every mailbox of one site has, and none of another, is not a mailbox's. One that a mailbox has wherever it
is looked at from, and no other mailbox has, is not a site's. A pure function of the results; where they do not say it,
neither does this. A result that did not come as far as the cause counts neither for nor against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.fleet import Share, Shared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.fleet import Result, Scope

    Seen = tuple[str, str]  # site and address


def shared(results: Iterable[Result]) -> list[Shared]:
    """Return the causes that more than one result has, those that most have first."""
    everything = list(results)
    found: dict[tuple[str, str], set[Seen]] = {}
    for result in everything:
        for cause in result.verdict.causes:
            subject = "" if "@" in cause.subject else cause.subject
            found.setdefault((cause.code, subject), set()).add((result.site, result.address))
    common = [
        _shared(code, subject, seen, seen | {_place(result) for result in everything if _went_through(result, subject)})
        for (code, subject), seen in found.items()
        if len(seen) > 1
    ]
    return sorted(common, key=lambda item: (-sum(share.found for share in item.shares), item.code, item.subject))


def _place(result: Result) -> Seen:
    return result.site, result.address


def _went_through(result: Result, subject: str) -> bool:
    """Tell whether a result is proof that ``subject`` can be used: a whole path; for an account, any sign-in."""
    if not subject:
        stages = [stage for path in result.verdict.paths for stage in path.stages if stage.name == "sign-in"]
        return any(stage.state == "ok" for stage in stages)
    paths = [path for path in result.verdict.paths if path.subject == subject or path.subject.startswith(f"{subject}:")]
    return bool(paths) and all(stage.state not in {"failed", "not-reached"} for path in paths for stage in path.stages)


def _shared(code: str, subject: str, seen: set[Seen], places: set[Seen]) -> Shared:
    shares = [
        Share(
            site=site,
            found=sum(1 for where, _ in seen if where == site),
            of=sum(1 for where, _ in places if where == site),
        )
        for site in sorted({site for site, _ in places})
    ]
    shares.sort(key=lambda share: -share.found)
    scope, where = _scope(shares, seen, places)
    addresses = tuple(sorted({address for _, address in seen}))
    return Shared(code=code, subject=subject, scope=scope, where=where, addresses=addresses, shares=tuple(shares))


def _scope(shares: list[Share], seen: set[Seen], places: set[Seen]) -> tuple[Scope, tuple[str, ...]]:
    """Say where a cause lies, as far as the counts say it."""
    whole = [share.site for share in shares if share.found == share.of]
    if len(whole) == len(shares):
        return ("everywhere" if len(shares) > 1 else "all-here"), tuple(whole)
    if whole and all(share.found in {0, share.of} for share in shares):
        return "site", tuple(whole)
    addresses = {address for _, address in seen}
    wherever = {place for place in places if place[1] in addresses} == seen
    compared = all(sum(1 for _, other in places if other == address) > 1 for address in addresses)
    return ("mailbox", tuple(sorted(addresses))) if wherever and compared else ("some", ())
