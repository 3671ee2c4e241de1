"""What a process is made of: the worker and its jobs, the clock, the web server, what they measure."""
