"""What each process of the bot makes at its start, made once in the one that tests fork theirs from."""

from jinja2 import Environment
from sqlalchemy.orm import configure_mappers

from bot.integrations import platform
from bot.rendering import Renderer

templates: Environment = Renderer()._environment
for name in templates.list_templates(["j2"]):
    templates.get_template(name)
platform._authorities()
configure_mappers()
