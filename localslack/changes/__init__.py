"""What may change in the workspace, whoever does it, a person or the app: each change tells the pages and the app."""
