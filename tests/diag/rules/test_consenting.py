"""Whether a user could consent: each choice, each publisher, each classification, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from diag.model.failure import FailureCode
from diag.model.tenant import (
    EXCHANGE_RESOURCE,
    GRAPH_RESOURCE,
    PERMISSIONS,
    ConsentCondition,
    ConsentSetting,
    Question,
)
from diag.rules.consenting import EXEMPTIONS, decide
from diag.rules.facts import Facts
from diag.rules.organisation import Organisation
from tests.diag.tenants import APPLICATION, NO_CONSENT, tenant

OWN = "ManagePermissionGrantsForSelf."
MANAGED = f"{OWN}microsoft-user-default-recommended"
EXEMPT = f"{OWN}{EXEMPTIONS}"
UNVERIFIED = {(Question.APPLICATION, APPLICATION.name): (type(APPLICATION)(id="a1", client_id="c1", name=APPLICATION.name),)}  # fmt: skip


def setting(*policies: str) -> dict[Any, Any]:
    return {(Question.USER_CONSENT, ""): (ConsentSetting(policies=policies),)}


def policy(name: str, *conditions: ConsentCondition) -> dict[Any, Any]:
    return {(Question.CONSENT_POLICY, name): conditions}


def decided(*changes: dict[Any, Any]) -> tuple[object, object, object]:
    verdict = decide(Organisation(Facts(tenant(NO_CONSENT, *changes))))
    return verdict.choice, verdict.may, verdict.why


IMAP_ID = PERMISSIONS["IMAP.AccessAsUser.All"][EXCHANGE_RESOURCE]
ANY = ConsentCondition(excludes=False, permission_type="delegatedUserConsentable")
NOT_IMAP = ConsentCondition(excludes=True, resource=EXCHANGE_RESOURCE, permissions=(IMAP_ID,))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([setting()], ("none", False, "off")),
        ([setting("ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team")], ("none", False, "off")),
        ([setting(f"{OWN}microsoft-user-default-low")], ("low", True, "")),
        ([setting(f"{OWN}microsoft-user-default-low"), UNVERIFIED], ("low", False, "publisher")),
        ([{(Question.CLASSIFICATIONS, GRAPH_RESOURCE): ()}], ("low", False, "classification")),
        ([{(Question.CLASSIFICATIONS, EXCHANGE_RESOURCE): ()}], ("low", False, "classification")),
        ([{(Question.CLASSIFICATIONS, EXCHANGE_RESOURCE): None}], ("low", True, "")),
        ([{(Question.CLASSIFICATIONS, GRAPH_RESOURCE): None}], ("low", None, "")),
        ([setting(f"{OWN}microsoft-user-default-legacy"), UNVERIFIED], ("legacy", True, "")),
        ([setting(MANAGED)], ("managed", False, "policy")),
        ([setting(MANAGED), policy("microsoft-user-default-recommended", ANY)], ("managed", True, "")),
        ([setting(MANAGED), policy("microsoft-user-default-recommended", ANY, NOT_IMAP)], ("managed", False, "policy")),
        ([setting(MANAGED, EXEMPT)], ("managed", False, "policy")),
        ([setting(MANAGED, EXEMPT), policy(EXEMPTIONS)], ("managed", False, "policy")),
        ([setting(EXEMPT, MANAGED), policy(EXEMPTIONS, ConsentCondition(excludes=False, clients=("c1",)))], ("managed", True, "")),
        ([setting(f"{OWN}ours")], ("custom", None, "")),
        ([setting(f"{OWN}ours"), policy("ours", ANY)], ("custom", True, "")),
        ([setting(f"{OWN}ours"), policy("ours", ConsentCondition(excludes=False, clients=("other",)))], ("custom", False, "policy")),
        ([setting(f"{OWN}ours"), policy("ours", ConsentCondition(excludes=False, classification="low"))], ("custom", True, "")),
        ([setting(f"{OWN}ours"), policy("ours", ConsentCondition(excludes=False, verified_publisher=True)), UNVERIFIED], ("custom", False, "policy")),
        ([setting(f"{OWN}ours", f"{OWN}microsoft-user-default-legacy")], ("legacy", True, "")),
        ([{(Question.USER_CONSENT, ""): None}], (None, None, "")),
    ],
)  # fmt: skip
def test_decisions(changes: list[dict[Any, Any]], expected: tuple[object, object, object]) -> None:
    assert decided(*changes) == expected


def test_what_the_managed_choice_withholds_is_named() -> None:
    verdict = decide(Organisation(Facts(tenant(NO_CONSENT, setting(MANAGED)))))
    assert verdict.lacking == ("IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "Mail.Read")
    assert verdict.confidence == "likely"


def test_without_the_classification_at_exchange_nothing_is_certain() -> None:
    unread: dict[Any, Any] = {(Question.CLASSIFICATIONS, EXCHANGE_RESOURCE): FailureCode.FORBIDDEN}
    verdict = decide(Organisation(Facts(tenant(NO_CONSENT, unread))))
    assert (verdict.may, verdict.confidence) == (True, "likely")
