"""Safeguards of promise 12: a slot is taken once, and what is posted for it is posted once."""

from tests.promises.mutations import mutation

MODULE = "test_promise_12_slots.py"

mutation("slots_key", tests=MODULE, only="at_the_same_moment", sql="ALTER TABLE pmbot.slots DROP CONSTRAINT pk_slots")
mutation(
    "slots_message_key",
    tests=MODULE,
    only="runs_twice",
    sql="ALTER TABLE pmbot.messages DROP CONSTRAINT uq_messages_key",
)
