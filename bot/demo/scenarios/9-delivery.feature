@a_day_at_work
Feature: Mail that arrives

  @two_minutes
  Scenario: Bad company
    A campaign bounces, and it pulls down the mailbox and the IP address that it is sent from. Each is stopped on one person's word; to let it go again takes two.

    All of it is as before in the end. Next, type /pm mailbox events@acme-corp.example.

    # Óscar is on call. Acme Corp's newsletter goes to an old list. How does it do?
    When Oncall types "/pm campaign Quarterly news of Acme Corp" in #operations
    # What it sent, and how much of that bounced or was complained about.
    Then Oncall alone is told "Campaign Quarterly news of Acme Corp" with the button "Pause a campaign …"
    # He pauses it for two hours.
    When Oncall types "/pm campaign pause Quarterly news of Acme Corp for 2h because an old list, it bounces" in #operations
    # The card says what it is doing now.
    Then #operations shows a card "Pause campaign Quarterly news of Acme Corp for 2 h" with the button "Pause campaign …"
    # His own word is enough.
    When Oncall clicks "Pause campaign …" on it
    # It sends nothing, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Which mailbox sent it?
    When Oncall types "/pm mailbox sales@acme-corp.example" in #operations
    # This one: how much it sent today, and whether its domain is in order.
    Then Oncall alone is told "Sent today" with the button "Pause a mailbox …"
    # It rests for two hours as well.
    When Oncall types "/pm mailbox pause sales@acme-corp.example for 2h because an old list, it bounces" in #operations
    # The address of a customer's mailbox is not for everybody in the channel.
    Then #operations shows a card "Pause mailbox s•••@acme-corp.example for 2 h" with the button "Pause mailbox …"
    # He confirms it.
    When Oncall clicks "Pause mailbox …" on it
    # It sends nothing, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # And the IP address that its mails left from?
    When Oncall types "/pm ip 198.51.100.64" in #operations
    # Its reputation has suffered, but no blocklist has it yet.
    Then Oncall alone is told "Reputation fair (66 of 100)" with the button "Quarantine an IP address …"
    # So that this stays so, nothing is sent from it for two hours.
    When Oncall types "/pm ip quarantine 198.51.100.64 for 2h because its reputation falls" in #operations
    # The card says how many other addresses are left to send from.
    Then #operations shows a card "Still in use … other IP addresses" with the button "Quarantine IP address 198.51.100.64"
    # He confirms it.
    When Oncall clicks "Quarantine IP address 198.51.100.64" on it
    # Nothing leaves from it any more.
    Then the card shows "confirmed by the platform"
    # The list is mended. Óscar wants all three to go on, the newsletter first.
    When Oncall types "/pm campaign resume Quarterly news of Acme Corp because the list is mended" in #operations
    # To go on before the time takes a second person.
    Then #operations shows a card "Resume campaign Quarterly news of Acme Corp" with the button "Resume campaign …"
    # Tomasz works in operations, too.
    When Tomasz clicks "Resume campaign …" on it
    # It sends again.
    Then the card shows "confirmed by the platform"
    # The mailbox.
    When Oncall types "/pm mailbox resume sales@acme-corp.example because the list is mended" in #operations
    # The same again.
    Then #operations shows a card "Resume mailbox s•••@acme-corp.example" with the button "Resume mailbox …"
    # Tomasz approves.
    When Tomasz clicks "Resume mailbox …" on it
    # It sends again.
    Then the card shows "confirmed by the platform"
    # And the IP address.
    When Oncall types "/pm ip return 198.51.100.64 because the list is mended" in #operations
    # The same again.
    Then #operations shows a card "Take out of quarantine: IP address 198.51.100.64" with the button "Take out of quarantine: IP address 198.51.100.64"
    # Tomasz approves.
    When Tomasz clicks "Take out of quarantine: IP address 198.51.100.64" on it
    # It is in use again.
    Then the card shows "confirmed by the platform"
