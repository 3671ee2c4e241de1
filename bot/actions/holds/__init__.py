"""What is temporary: which there is, making it last longer, ending it early."""
