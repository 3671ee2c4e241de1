"""The PenguinMails operations bot: run the platform from Slack, safely and on the record."""
