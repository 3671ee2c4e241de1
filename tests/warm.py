"""What each process of the bot makes at its start, made once in the one that tests fork theirs from."""

from sqlalchemy.orm import configure_mappers

from bot import actions
from bot.actions.base import discover
from bot.integrations import platform
from bot.rendering import Renderer

templates = Renderer()._environment
for name in templates.list_templates(["j2"]):
    templates.get_template(name)
platform._authorities()
discover(actions)
configure_mappers()
