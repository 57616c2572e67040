"""The set-up guide as a table: each of its steps held against what was found.

A step is missing where a cause names it first on its page; everything else is read from the tenant's answers and from
how far the mail protocols came. "Could not be told" is never counted as fulfilled.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from diag.catalogue import NoPageError, fill, page
from diag.model.target import Protocol
from diag.model.tenant import EXCHANGE_RESOURCE, GRAPH_RESOURCE, RESOURCES, Question
from diag.model.verdict import GuideStep
from diag.rules.consenting import WORDS, decide, unclassified
from diag.rules.facts import LABELS, Facts
from diag.rules.organisation import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from diag.catalogue import Page
    from diag.model.finding import Finding
    from diag.model.measurement import Measurement
    from diag.model.verdict import GuideState, PathState

    Look = Callable[[Organisation, list[PathState]], tuple[GuideState, str, tuple[Question, ...]]]

WAITING = "tenant/change-is-settling"
_CODE = re.compile(r"^ {4}(.*)$", re.MULTILINE)
_REACHED = {"name", "port", "tls"}


@cache
def table() -> tuple[dict[str, Any], ...]:
    """Return the steps of ``guide.toml``, in order."""
    import tomllib  # noqa: PLC0415  only where a tenant was read

    return tuple(tomllib.loads(files("diag.data").joinpath("guide.toml").read_text("utf-8"))["step"])


def guide(measurement: Measurement, causes: list[Finding], paths: list[PathState]) -> tuple[GuideStep, ...]:
    """Return the table; empty where the tenant was not asked."""
    tenant = Organisation(Facts(measurement))
    if not tenant.was_asked:
        return ()
    return tuple(_step(row, tenant, causes, paths) for row in table())


def home(finding: Finding) -> int | None:
    """Return the step of the guide that a finding belongs to before all others."""
    try:
        steps = page(finding.code).article
    except NoPageError:
        return None
    return steps[0] if steps else None


def commands(found: Page, finding: Finding) -> tuple[str, ...]:
    """Return the lines of code that a page gives as its remedy, filled in."""
    return tuple(_CODE.findall(fill(found.sections["What to do"], finding.values)))


def _step(row: dict[str, Any], tenant: Organisation, causes: list[Finding], paths: list[PathState]) -> GuideStep:
    values = _values(tenant)
    blamed = [finding for finding in causes if home(finding) == row["number"] and not _is_of_reading(finding)]
    state, found, asked = _LOOKS[row["number"]](tenant, paths)
    who, portal, command = row["who"], fill(row["portal"], values), fill(row["command"], values)
    evidence = tenant.evidence(*asked)
    if blamed:
        pages = [(page(finding.code), finding) for finding in blamed]
        state = "waiting" if all(finding.code == WAITING for finding in blamed) else "missing"
        found = " ".join(fill(each.summary, finding.values) for each, finding in pages)
        who = pages[0][0].who
        places = dict.fromkeys(fill(each.portal, finding.values) for each, finding in pages if each.portal)
        portal = "; ".join(places) or portal
        whole = ("\n".join(commands(each, finding)) for each, finding in pages)
        command = "\n".join(dict.fromkeys(filter(None, whole))) or command
        evidence = tuple(dict.fromkeys(number for finding in blamed for number in finding.evidence))
    return GuideStep(
        number=row["number"], title=row["title"], required=fill(row["required"], values), found=found, state=state,
        who=who, portal=portal, command=command, evidence=evidence,
    )  # fmt: skip


def _is_of_reading(finding: Finding) -> bool:
    """Tell whether a finding is about the way to the tenant's interfaces, which no step of the guide is about."""
    return finding.subject.startswith("graph.microsoft.com") or finding.subject == "outlook.office365.com:443"


def _values(tenant: Organisation) -> dict[str, str]:
    address = tenant.facts.target.address
    return {
        "address": address,
        "user": tenant.user.name if tenant.user else address,
        "person": tenant.person,
        "domain": address.rpartition("@")[2],
        "application": tenant.application_name,
        "client_id": tenant.application.client_id if tenant.application else "CLIENT-ID",
        "listed": ", ".join(tenant.listed),
        "needed": ", ".join(tenant.needed),
    }


Seen = tuple["GuideState", str, tuple[Question, ...]]
_UNREAD = "could not be read"


def _mailbox(tenant: Organisation, paths: list[PathState]) -> Seen:
    asked = (Question.APPLICATION,)
    if tenant.application:
        return "fulfilled", f"{tenant.application.name} is in the tenant", asked
    if _signed_in(paths):
        return "fulfilled", "the mailbox was signed in to", asked
    return "unknown", f"the enterprise application {_UNREAD}", asked


def _switches(tenant: Organisation, paths: list[PathState]) -> Seen:
    asked = (Question.MAILBOX_SWITCHES, Question.ORGANISATION_SWITCHES)
    box, everybody = tenant.mailbox, tenant.organisation
    own = box.smtp_auth if box else None
    smtp = own if own is not None else everybody.smtp_auth if box and everybody else None
    known = {Protocol.IMAP: box.imap if box else None, Protocol.POP3: box.pop if box else None, Protocol.SMTP: smtp}
    proven = {path.label for path in paths if _went(path, "sign-in")}
    told = {
        LABELS[protocol]: "on" if known[protocol] or LABELS[protocol] in proven
        else "off" if known[protocol] is False else "not known"
        for protocol in tenant.protocols
    }  # fmt: skip
    words = ", ".join(f"{label} {value}" for label, value in told.items())
    return ("fulfilled" if set(told.values()) == {"on"} else "unknown"), words, asked


def _licence(tenant: Organisation, paths: list[PathState]) -> Seen:
    asked = (Question.LICENCES, Question.MAILBOX_SWITCHES)
    if tenant.mailbox is not None or any(_went(path, "mailbox") for path in paths):
        return "fulfilled", "the mailbox is there", asked
    if tenant.plans is None:
        return "unknown", f"the licences {_UNREAD}", asked
    names = dict.fromkeys(plan.name for plan in tenant.plans if plan.name.startswith("EXCHANGE"))
    return "fulfilled", ", ".join(names), asked


def _choice(tenant: Organisation, _: list[PathState]) -> Seen:
    asked = (Question.USER_CONSENT, Question.CONSENT_POLICY)
    verdict = decide(tenant)
    choice = verdict.choice
    if choice is None:
        return _made_up_for(tenant, f"the setting {_UNREAD}", asked)
    if choice == "low":
        return "fulfilled", WORDS[choice], asked
    if verdict.may:
        return "not-needed", f"{WORDS[choice]}; that lets the user consent as well", asked
    return _made_up_for(tenant, WORDS[choice], asked)


def _low_impact(tenant: Organisation, _: list[PathState]) -> Seen:
    asked = (Question.CLASSIFICATIONS,)
    if tenant.low_impact(GRAPH_RESOURCE) is None or tenant.low_impact(EXCHANGE_RESOURCE) is None:
        return _made_up_for(tenant, f"the classification {_UNREAD}", asked)
    left = unclassified(tenant)
    if not left:
        return "fulfilled", "all of them, at both resources", asked
    words = "; ".join(f"not at {RESOURCES[each.resource]}: {', '.join(each.lacking)}" for each in left)
    verdict = decide(tenant)
    if verdict.may and verdict.choice != "low":
        return "not-needed", f"{words}; the setting of step 3 does not ask for it", asked
    return _made_up_for(tenant, words, asked)


def _made_up_for(tenant: Organisation, found: str, asked: tuple[Question, ...]) -> Seen:
    """Judge a step that decides about new consent only: it is not needed where consent was given, or not asked for."""
    if tenant.missing == ():
        return "not-needed", f"{found}; consent has been given already", asked
    return "unknown", found, asked


def _reauthorized(_: Organisation, paths: list[PathState]) -> Seen:
    asked = (Question.USER_GRANTS,)
    if _signed_in(paths):
        return "fulfilled", "the mailbox was signed in to", asked
    return "not-tested", "no sign-in was tried", asked


def _application(tenant: Organisation, _: list[PathState]) -> Seen:
    asked = (Question.APPLICATION, Question.ASSIGNMENT, Question.USER_GRANTS)
    found = tenant.application
    if found is None:
        return "unknown", f"the enterprise application {_UNREAD}", asked
    assigned = tenant.assignments is not None or found.assignment_required is False
    granted = "not known" if tenant.user_consent is None else ", ".join(sorted(tenant.user_consent)) or "nothing"
    if found.enabled is None or not assigned or tenant.user_consent is None:
        return "unknown", f"User consent: {granted}", asked
    return ("not-tested" if tenant.missing else "fulfilled"), f"User consent: {granted}", asked


def _admin_consent(tenant: Organisation, _: list[PathState]) -> Seen:
    asked = (Question.ADMIN_GRANTS,)
    admin = tenant.admin_consent
    granted = "not known" if admin is None else ", ".join(sorted(admin)) or "nothing"
    if admin is not None and set(tenant.needed) <= admin:
        return "fulfilled", f"Admin consent: {granted}", asked
    if tenant.missing == ():
        return "not-needed", f"Admin consent: {granted}; the user's own consent is enough", asked
    verdict = decide(tenant)
    if tenant.missing is None:
        return "unknown", f"Admin consent: {granted}", asked
    if verdict.may or verdict.why in {"off", "classification", "policy"}:
        return "not-needed", f"Admin consent: {granted}; it would make up for the steps above", asked
    return "unknown", f"Admin consent: {granted}", asked


def _outgoing(tenant: Organisation, paths: list[PathState]) -> Seen:
    own = [path for path in paths if path.label == LABELS[Protocol.SMTP]]
    if Protocol.SMTP not in tenant.protocols:
        return "not-needed", "no mail is sent", ()
    if own and all(_went(path, "sign-in") for path in own):
        return "fulfilled", f"signed in at {own[0].subject}", ()
    return "not-tested", "no sign-in was tried", ()


def _network(_: Organisation, paths: list[PathState]) -> Seen:
    if not paths:
        return "not-tested", "nothing was dialled", ()
    stages = {stage.state for path in paths for stage in path.stages if stage.name in _REACHED}
    good = stages <= {"ok", "warning", "not-applicable"}
    return ("fulfilled" if good else "unknown"), ", ".join(map(_spoken_at, paths)), ()


def _spoken_at(path: PathState) -> str:
    versions = [stage.version for stage in path.stages if stage.name == "tls" and stage.version]
    return f"{path.subject} (TLS {versions[0]})" if versions else path.subject


def _signed_in(paths: Iterable[PathState]) -> bool:
    tried = [path for path in paths if any(stage.name == "sign-in" for stage in path.stages)]
    return bool(tried) and all(_went(path, "sign-in") for path in tried)


def _went(path: PathState, name: str) -> bool:
    return any(stage.name == name and stage.state == "ok" for stage in path.stages)


_LOOKS: dict[int, Look] = {
    0: _mailbox,
    1: _switches,
    2: _licence,
    3: _choice,
    4: _low_impact,
    5: _reauthorized,
    6: _application,
    7: _admin_consent,
    8: _reauthorized,
    9: _outgoing,
    10: _network,
}
