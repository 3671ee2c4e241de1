"""What the world's name servers say of a domain that mail is sent from."""
