"""Block Kit as Slack accepts it: a validator for raw payloads, usable without the rest of the local Slack."""
