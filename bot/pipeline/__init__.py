"""Propose, decide, execute, verify, undo. Every transition locks the proposal's row; nothing here knows Slack."""
