"""What a person or a test does from outside: faults, and what customers and their banks do."""
