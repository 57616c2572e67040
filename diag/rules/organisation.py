"""A tenant as far as it is known: the answers of one measurement, by question. Nothing here concludes anything.

Every value may be None, which always means "not known" and never "no".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from diag.model.signin import TokenClaims, TokenGrant
from diag.model.target import Protocol
from diag.model.tenant import (
    APPLICATION,
    PERMISSIONS,
    ClassifiedPermission,
    ConsentCondition,
    ConsentSetting,
    DirectoryChange,
    EnterpriseApplication,
    MailSwitches,
    PermissionGrant,
    Question,
    RoleAssignment,
    ServicePlan,
    TenantRead,
    UserAccount,
)

if TYPE_CHECKING:
    from diag.rules.facts import Facts, Seen

T = TypeVar("T")
OWN_CONSENT = "ManagePermissionGrantsForSelf."
MAIL_PERMISSIONS = {
    Protocol.IMAP: "IMAP.AccessAsUser.All",
    Protocol.POP3: "POP.AccessAsUser.All",
    Protocol.SMTP: "SMTP.Send",
}
REFRESH = "offline_access"


class Organisation:
    """The tenant of the mailbox that was checked."""

    def __init__(self, facts: Facts) -> None:
        """Look into ``facts``."""
        self.facts = facts
        self.reads = facts.of(TenantRead)

    @property
    def was_asked(self) -> bool:
        """Whether anything was asked at all."""
        return bool(self.reads)

    def answers(self, question: Question, about: str | None = None) -> list[Seen[TenantRead]]:
        """Return the answers to a question, the decisive one last."""
        return [seen for seen in self.reads if seen.action.asks is question and about in {None, seen.action.about}]

    def evidence(self, *questions: Question) -> tuple[int, ...]:
        """Return the numbers of the answers to ``questions``."""
        return tuple(seen.number for question in questions for seen in self.answers(question))

    def found(self, question: Question, kind: type[T], about: str | None = None) -> list[T]:
        """Return the facts that a question brought, also where its answer is not whole."""
        return [fact for seen in self.answers(question, about) for fact in seen.action.found if isinstance(fact, kind)]

    def is_whole(self, question: Question, about: str | None = None) -> bool:
        """Tell whether an answer is all there is, so that what it lacks does not exist."""
        answers = self.answers(question, about)
        return bool(answers) and answers[-1].code is None and answers[-1].action.whole

    def is_absent(self, question: Question) -> bool:
        """Tell whether it is known that the thing which was asked for does not exist."""
        answers = self.answers(question)
        return self.is_whole(question) and answers[-1].action.exists is False

    @cached_property
    def protocols(self) -> tuple[Protocol, ...]:
        """What the mailbox is to be used by: as its endpoints say, else all that there is."""
        target = self.facts.target
        found = dict.fromkeys(item.protocol for item in target.endpoints if item.protocol in MAIL_PERMISSIONS)
        return tuple(found) or target.protocols or tuple(MAIL_PERMISSIONS)

    @cached_property
    def user(self) -> UserAccount | None:
        """The account."""
        return next(iter(self.found(Question.USER, UserAccount)), None)

    @cached_property
    def signer(self) -> UserAccount | None:
        """The account that signs in, where it is another than the mailbox's own."""
        return next(iter(self.found(Question.SIGNER, UserAccount)), None)

    @cached_property
    def somebody_else(self) -> str | None:
        """The name of who signs in, where it is not the mailbox's own account; None also where nothing tells."""
        asked = [seen.action.about for seen in self.answers(Question.SIGNER)]
        claimed = [seen.action.user for seen in self.facts.of(TokenClaims) if not seen.action.by_app]
        granted = [seen.action.user for seen in self.facts.of(TokenGrant)]
        address = self.facts.target.address
        name = next(filter(None, (*asked, *claimed, *granted, self.facts.target.user)), address)
        own = {address.casefold(), self.user.name.casefold() if self.user else ""}
        return None if name.casefold() in own else name

    @property
    def person(self) -> str:
        """The name of who signs in, and so consents to the application."""
        return self.somebody_else or (self.user.name if self.user else self.facts.target.address)

    @cached_property
    def plans(self) -> list[ServicePlan] | None:
        """The service plans of its licences."""
        return self.found(Question.LICENCES, ServicePlan) if self.is_whole(Question.LICENCES) else None

    @cached_property
    def mailbox(self) -> MailSwitches | None:
        """The switches of the mailbox."""
        return next(iter(self.found(Question.MAILBOX_SWITCHES, MailSwitches)), None)

    @cached_property
    def organisation(self) -> MailSwitches | None:
        """The switches of the whole organisation."""
        return next(iter(self.found(Question.ORGANISATION_SWITCHES, MailSwitches)), None)

    @cached_property
    def consent_policies(self) -> tuple[str, ...] | None:
        """The policies for what users may consent to by themselves; empty where they may not consent at all."""
        setting = next(iter(self.found(Question.USER_CONSENT, ConsentSetting)), None)
        if setting is None:
            return None
        return tuple(name.removeprefix(OWN_CONSENT) for name in setting.policies if name.startswith(OWN_CONSENT))

    @cached_property
    def other_policies(self) -> tuple[str, ...]:
        """Policies of the same list that are about something else, and must stay when it is written anew."""
        settings = self.found(Question.USER_CONSENT, ConsentSetting)
        return tuple(name for setting in settings for name in setting.policies if not name.startswith(OWN_CONSENT))

    def conditions(self, policy: str) -> list[ConsentCondition] | None:
        """Return what a consent policy includes and excludes."""
        if not self.is_whole(Question.CONSENT_POLICY, policy):
            return None
        return self.found(Question.CONSENT_POLICY, ConsentCondition, policy)

    def low_impact(self, resource: str) -> set[str] | None:
        """Return the permissions of a resource that are classified as low impact."""
        if not self.is_whole(Question.CLASSIFICATIONS, resource):
            return None
        found = self.found(Question.CLASSIFICATIONS, ClassifiedPermission, resource)
        return {item.name for item in found if item.classification == "low"}

    @cached_property
    def application(self) -> EnterpriseApplication | None:
        """The enterprise application; of several with one name the first enabled one, as the reading took it."""
        found = self.found(Question.APPLICATION, EnterpriseApplication)
        return next((item for item in found if item.enabled), found[0] if found else None)

    @property
    def application_name(self) -> str:
        """What the application is called, or was looked for by."""
        answers = self.answers(Question.APPLICATION)
        return self.application.name if self.application else answers[-1].action.about if answers else APPLICATION

    @cached_property
    def assignments(self) -> list[RoleAssignment] | None:
        """What assigns the user to the application."""
        return self.found(Question.ASSIGNMENT, RoleAssignment) if self.is_whole(Question.ASSIGNMENT) else None

    @cached_property
    def admin_consent(self) -> set[str] | None:
        """The permissions that the application was granted for everybody: the portal's tab "Admin consent"."""
        return self._granted(Question.ADMIN_GRANTS)

    @cached_property
    def user_consent(self) -> set[str] | None:
        """The permissions that who signs in granted: the portal's tab "User consent"."""
        return self._granted(Question.USER_GRANTS)

    def _granted(self, question: Question) -> set[str] | None:
        if self.is_absent(Question.APPLICATION):
            return set()
        if not self.is_whole(question):
            return None
        return {name for grant in self.found(question, PermissionGrant) for name in grant.permissions}

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The permissions without which the mailbox cannot be used by its protocols, and not for long."""
        return (*(MAIL_PERMISSIONS[protocol] for protocol in self.protocols), REFRESH)

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """The permissions that the application asks for when somebody signs in, as far as the guide tells."""
        return tuple(PERMISSIONS) if self.application_name == APPLICATION else self.needed

    @cached_property
    def missing(self) -> tuple[str, ...] | None:
        """The needed permissions that nobody has consented to; None where it is not known."""
        if not self.was_asked:
            return None
        known = (self.admin_consent or set()) | (self.user_consent or set())
        lacking = tuple(name for name in self.needed if name not in known)
        whole = self.admin_consent is not None and self.user_consent is not None
        return lacking if whole or not lacking else None

    @cached_property
    def changes(self) -> list[DirectoryChange]:
        """What was changed of late, as far as it is known."""
        return self.found(Question.CHANGES, DirectoryChange)

    @cached_property
    def objects(self) -> dict[str, set[str]]:
        """The identifiers of what the mailbox's sign-in rests upon, by its role; empty where it is not known."""
        resources = self.found(Question.RESOURCE, EnterpriseApplication)
        return {
            "application": {self.application.id} if self.application else set(),
            "resource": {resource.id for resource in resources},
            "user": {self.user.id} if self.user else set(),
            "person": {person.id} if (person := self.signer if self.somebody_else else self.user) else set(),
        }
