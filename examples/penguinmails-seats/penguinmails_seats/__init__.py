"""Actions of one's own for the PenguinMails ops bot; every module here is imported when it starts."""
