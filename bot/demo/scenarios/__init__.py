"""Scenarios: who does what, and what must then be on the screen, at the platform and in the database.

Each `*.feature` here is played in three ways from the same lines: headless as a test, in the local Slack's page as
a guided tour (`pm demo`), and as a rehearsal against any bot (`pm rehearse`). The first paragraph below a
scenario's name says what it is about, a second one what to try afterwards; the tag above it how long a visitor takes.
The steps there are: `vocabulary.py`, `vocabulary_access.py`.
"""
