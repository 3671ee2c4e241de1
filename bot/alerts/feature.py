"""Alerts: evaluated by the clock, each one message with a thread, buttons that calm them."""

from bot.alerts.buttons import buttons
from bot.alerts.cards import AlertCards
from bot.alerts.evaluate import Evaluator
from bot.alerts.healing import Healer
from bot.alerts.overriding import Published
from bot.alerts.reader import Reader
from bot.alerts.rules import Watched
from bot.alerts.slo import Rollup
from bot.alerts.thread import Thread
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.handlers.feature import Feature
from bot.integrations.prometheus.api import Prometheus
from bot.pipeline.core import Core


def feature(
    core: Core,
    renderer: Renderer,
    channels: Channels,
    watched: Watched,
    team_id: str,
    prometheus: Prometheus | None = None,
) -> Feature:
    """`prometheus` is asked what the rules file wants to know of it; None: nothing is."""
    database, policy, rules = core.database, core.policy, watched.rules
    return Feature(
        projections=AlertCards(renderer, rules, channels, policy, team_id).projections(),
        buttons=buttons(rules),
        chores={
            "alert_rules": Published(database, rules).sweep,
            "alerts": Evaluator(database, rules, policy, team_id).sweep,
            "self_healing": Healer(core, rules, team_id).sweep,
            "alert_threads": Thread(database, rules).sweep,
            "readings": Reader(database, watched.probes, prometheus, watched.queries).sweep,
            "objectives": Rollup(database, watched.objectives).sweep,
        },
    )
