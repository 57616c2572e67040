"""Observations into findings: pure functions, one file for each layer, without network and without clock.

:data:`RULES` is the list. Another package adds its own through the entry-point group ``maildiag.rules``. A rule says
what it sees, with the observations that show it; whether that is a cause or a symptom is for :mod:`diag.judge`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from diag.model.plugins import brought_along
from diag.rules import (
    acceptance,
    altered,
    belonging,
    check,
    clock,
    compare,
    consent,
    dates,
    dns,
    entra,
    interception,
    joint,
    obtained,
    pages,
    proxy,
    reauthorizing,
    replies,
    service,
    settings,
    settling,
    starttls,
    strength,
    tcp,
    tenant,
    tls,
    token,
    trials,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from diag.model.finding import Finding
    from diag.model.measurement import Measurement
    from diag.rules.facts import Facts

    Rule = Callable[[Facts], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    settings.server_names,
    settings.ports,
    settings.encryption,
    settings.sign_ins,
    settings.sending_accounts,
    dns.no_mail_service,
    dns.names,
    dns.families,
    dns.applications,
    dns.answers_differ,
    altered.altered,
    altered.unpublished,
    altered.invented,
    proxy.unreachable,
    proxy.tunnels,
    proxy.needed,
    compare.egress,
    compare.hosts,
    tcp.ports,
    tcp.some_addresses,
    acceptance.terminated,
    acceptance.relayed,
    interception.intercepted,
    interception.installed,
    trials.path_mtu,
    trials.large_hello,
    tls.not_tls,
    tls.cut_off,
    tls.refused,
    tls.old_versions,
    dates.by_a_wrong_clock,
    dates.dates,
    tls.names,
    tls.trust,
    strength.rejected,
    dates.expires_soon,
    starttls.not_offered,
    starttls.refused,
    starttls.injected,
    service.greeting,
    service.breaks_off,
    replies.refusals,
    replies.mechanisms,
    replies.withheld,
    clock.clock,
    entra.refused,
    entra.tenant,
    entra.unfinished,
    entra.unusable,
    pages.blocked,
    *token.RULES,
    *obtained.RULES,
    *belonging.RULES,
    joint.switched_off,
    joint.no_mailbox,
    joint.refused_everywhere,
    tenant.accounts,
    tenant.licences,
    tenant.protocols,
    consent.applications,
    consent.consents,
    reauthorizing.reauthorizations,
    settling.settling,
    tenant.unread,
    check.unclassified,
    check.incomplete,
)
GROUP = "maildiag.rules"


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return :data:`RULES` and those of installed packages, looked up once."""
    return (*RULES, *brought_along(GROUP))


def conclude(measurement: Measurement, *, without: Rule | None = None) -> list[Finding]:
    """Apply every rule to a measurement, but for ``without``."""
    from diag.rules.facts import Facts as Indexed  # noqa: PLC0415  the name above is for types

    facts = Indexed(measurement)
    kept = [rule for rule in all_rules() if rule is not without]
    return [_reachable(finding, facts) for rule in kept for finding in rule(facts)]


def _reachable(finding: Finding, facts: Facts) -> Finding:
    """Add to a finding about an endpoint what a command for a second look needs, beside its host and port."""
    values = finding.values
    if not {"host", "port"} <= values.keys():
        return finding
    starttls = facts.starttls(values["host"], values["port"])
    return replace(finding, values={**values, "starttls": starttls})
