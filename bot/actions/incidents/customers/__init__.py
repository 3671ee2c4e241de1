"""What customers are told of an incident."""
