"""Alembic in two branches: `bot`, the schema `pmbot`; and `platform`, PenguinMails' tables for demo and tests."""
