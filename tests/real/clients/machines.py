"""State machines of hypothesis, run against a server that is up already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine

EXAMPLES = 40


def hold(machine: type[RuleBasedStateMachine], served: Any, *, steps: int) -> None:  # noqa: ANN401  of each its own
    """Let hypothesis look for ``steps`` that a session of ``machine`` with ``served`` does not survive."""
    bound = type("Bound", (machine,), {"served": served})
    run_state_machine_as_test(bound, settings=settings(max_examples=EXAMPLES, stateful_step_count=steps, deadline=None))
