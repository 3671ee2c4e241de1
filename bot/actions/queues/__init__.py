"""What is done to queues and tenants' jobs."""
