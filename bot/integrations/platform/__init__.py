"""The platform as it answers: whether what was done is in force."""
