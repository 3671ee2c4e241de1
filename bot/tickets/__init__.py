"""Tickets: the ledger in which they stand, and what follows from them. Whoever changes something may open one."""
