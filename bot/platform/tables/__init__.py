"""PenguinMails' tables by subject; everything is re-exported from `bot.platform.models`."""
