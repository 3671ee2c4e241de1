"""What Slack sends to the app: payloads, signed requests with retries, Socket Mode."""
