"""What is done to customers."""
