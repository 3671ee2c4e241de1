"""Alerts that wait to be healed, on the workbench: the package's own rule, allowed by the policy."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace

from bot import policy
from bot.alerts import rules
from bot.alerts.healing import Healer
from bot.alerts.metrics.base import METRICS
from bot.pipeline.core import Core
from bot.policy import Policy
from tests.promises.bench import Bench

RULE = "queue-backlog"
QUEUES = ("email-sending", "email:processing", "warmup:process")
ALLOWED = Policy.of(policy.load().source.replace("allowed = []", f'allowed = ["{RULE}"]'))
FIRE = """
    INSERT INTO pmbot.alerts (id, rule, subject, state, severity, worst, breached, value, peak, measured, facts, since,
                              fired, shown)
    VALUES (:id, :rule, :subject, 'firing', 'critical', 'critical', '{}', 20000, 20000, now(), CAST(:facts AS jsonb),
            now(), now(), now())
"""


def healer(core: Core, *, times_a_day: int = 1, share_of_tenants: float = 1.0) -> Healer:
    """It pauses, in the queue that an alert is of, the tenant whose jobs these are."""
    verbs = {verb: frozenset(action.parameters()) for verb, action in core.registry.by_verb.items()}
    rule = rules.load(None, frozenset(METRICS), verbs)[RULE]
    assert rule.heals is not None
    heals = rule.heals.model_copy(update={"times_a_day": times_a_day, "share_of_tenants": share_of_tenants})
    allowing = replace(core, policy=ALLOWED)
    return Healer(allowing, {RULE: rule.model_copy(update={"heals": heals})}, "T0PENGUIN")


async def fire(bench: Bench, queues: Sequence[str] = QUEUES) -> None:
    """A critical alert of each of these queues, in which a tenant of its own stands out."""
    found = await bench.sql("SELECT id, name FROM tenants WHERE deleted IS NULL AND status = 'active' ORDER BY id")
    for (tenant_id, name), queue in zip(found, queues, strict=False):
        facts = {"culprit": {"id": str(tenant_id), "name": name, "share": 0.7, "usual": 0.04}}
        await bench.sql(FIRE, id=uuid.uuid4(), rule=RULE, subject=queue, facts=json.dumps(facts))


async def healed(bench: Bench) -> list[bool]:
    """Of each alert that was looked at, whether something was asked for."""
    return [did for (did,) in await bench.sql("SELECT proposal_id IS NOT NULL FROM pmbot.healings ORDER BY at")]
