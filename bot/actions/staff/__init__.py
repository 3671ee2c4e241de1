"""What is done to staff members' access."""
