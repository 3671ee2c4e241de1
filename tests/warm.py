"""What each process of the bot makes at its start, made once in the one that tests fork theirs from."""

import gc

from sqlalchemy.orm import configure_mappers

from bot import actions
from bot.actions.registry import discover
from bot.drawing.render import Renderer
from bot.integrations import http

templates = Renderer()._environment
for name in templates.list_templates(["j2"]):
    templates.get_template(name)
http.authorities()
discover(actions)
configure_mappers()
# What is here stays: a collection that looked at it would copy its memory into every process that is forked.
gc.collect()
gc.freeze()
