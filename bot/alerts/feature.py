"""Alerts: evaluated by the clock, each one message with a thread, buttons that calm them."""

from collections.abc import Mapping

from bot.alerts.buttons import buttons
from bot.alerts.cards import AlertCards
from bot.alerts.evaluate import Evaluator
from bot.alerts.rules import Rule
from bot.alerts.thread import Thread
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.handlers.feature import Feature
from bot.policy import Policy
from bot.store.database import Database


def feature(
    database: Database, renderer: Renderer, channels: Channels, rules: Mapping[str, Rule], policy: Policy, team_id: str
) -> Feature:
    return Feature(
        projections=AlertCards(renderer, rules, channels, policy, team_id).projections(),
        buttons=buttons(rules),
        chores={
            "alerts": Evaluator(database, rules, policy, team_id).sweep,
            "alert_threads": Thread(database, rules).sweep,
        },
    )
