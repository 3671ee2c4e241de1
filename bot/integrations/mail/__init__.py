"""Mail to customers: letters from templates, sent by SMTP."""
