"""The platform's Redis: lists of jobs that left PostgreSQL, and what of them is held back."""
