"""Alerts: evaluated by the clock, each one message with a thread, buttons that calm them."""

from bot.alerts.buttons import buttons
from bot.alerts.cards import AlertCards
from bot.alerts.evaluate import Evaluator
from bot.alerts.reader import Reader
from bot.alerts.rules import Watched
from bot.alerts.slo import Rollup
from bot.alerts.thread import Thread
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.handlers.feature import Feature
from bot.integrations.prometheus.api import Prometheus
from bot.policy import Policy
from bot.store.database import Database


def feature(
    database: Database,
    renderer: Renderer,
    channels: Channels,
    watched: Watched,
    policy: Policy,
    team_id: str,
    prometheus: Prometheus | None = None,
) -> Feature:
    """`prometheus` is asked what the rules file wants to know of it; None: nothing is."""
    rules = watched.rules
    return Feature(
        projections=AlertCards(renderer, rules, channels, policy, team_id).projections(),
        buttons=buttons(rules),
        chores={
            "alerts": Evaluator(database, rules, policy, team_id).sweep,
            "alert_threads": Thread(database, rules).sweep,
            "readings": Reader(database, watched.probes, prometheus, watched.queries).sweep,
            "objectives": Rollup(database, watched.objectives).sweep,
        },
    )
