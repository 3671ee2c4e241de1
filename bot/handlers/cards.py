"""The messages of requests, and of what is temporary."""

from bot.delivery.channels import Channels
from bot.drawing.cards import holds, ruling, solo
from bot.drawing.cards.notices import Notices
from bot.drawing.cards.plan_reviews import PlanReviews
from bot.drawing.cards.proposal import Cards
from bot.drawing.cards.reviews import Reviews
from bot.drawing.render import Renderer
from bot.handlers.feature import Feature
from bot.pipeline.core import Core


def feature(core: Core, renderer: Renderer, channels: Channels, team_id: str) -> Feature:
    about = (core, renderer, channels, team_id)
    return Feature(
        projections={
            **Cards(*about).projections(),
            **Notices(*about).projections(),
            **PlanReviews(*about).projections(),
            **Reviews(*about).projections(),
            **holds.projections(renderer),
            **ruling.projections(renderer),
            **solo.projections(*about),
        }
    )
