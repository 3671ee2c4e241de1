"""The `pm` command. What only one command needs is imported by it, so that the others start at once."""

import click

from bot.cli import auditing, billing, databases, mailing, people, rules, running, setting_up
from bot.cli.base import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="penguinmails-bot", prog_name="pm")
def main() -> None:
    """Run the PenguinMails platform from Slack."""


for _command in (
    running.serve,
    running.worker,
    running.clock,
    running.demo,
    running.rehearse,
    running.do,
    setting_up.doctor,
    setting_up.manifest,
    databases.db,
    auditing.audit,
    mailing.mail,
    billing.stripe,
    people.secrets,
    people.staff,
    rules.rules,
    rules.digest,
):
    main.add_command(_command)
