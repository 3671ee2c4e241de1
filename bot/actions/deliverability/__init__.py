"""Whether mails arrive: domains, campaigns, mailboxes and the addresses that mail is sent from."""
