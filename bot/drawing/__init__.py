"""What people see: templates, masking, what gives way where there is too much to say, charts, cards."""
