@a_day_at_work
Feature: A day in support

  @two_minutes
  Scenario: Support's morning
    A customer cannot sign in, and another one's mails do not arrive. Support finds out why without asking anybody, and sees no more of people than it needs.

    Whoever is looked up is noted in the audit trail. Next, type /pm help user.

    # Hana works for Acme Labs, a customer.
    Given "hana.iversen@acme-labs.example" is a member of "Acme Labs"
    # Hana calls: the password is not accepted. Léa, in support, searches by the first letters of the address.
    When Support types "/pm find hana.iversen" in #operations
    # Only Léa sees the answer. Names and addresses are masked for her role; the button knows who is meant.
    Then Support alone is told "With your role, you see names and addresses of people only partly."
    # She looks the account up.
    When Support types "/pm user hana.iversen@acme-labs.example" in #operations
    # It is active, so it is not the account.
    Then Support alone is told "Belongs to member of Acme Labs" with the button "View as"
    # Has somebody done something to the account, or tried to?
    When Support types "/pm user audit hana.iversen@acme-labs.example" in #operations
    # Nothing odd. What staff did stands here as well, Léa's own look included.
    Then Support alone is told "Unusual nothing"
    # What does Hana have when signed in? Nobody has to sign in as Hana to see it.
    When Support types "/pm view-as hana.iversen@acme-labs.example" in #operations
    # Flags with the rule that decides, limits, queues. Nothing is done as Hana.
    Then Support alone is told "Nothing was done in the user's name."
    # It is the password. Léa has Hana choose a new one.
    When Support types "/pm user reset-password hana.iversen@acme-labs.example because cannot sign in, ticket 812" in #operations
    # The card shows the mail that Hana would get, word for word.
    Then #operations shows a card "Choose a new password for PenguinMails" with the button "Reset the password of …"
    # Her own word is enough for this.
    When Support clicks "Reset the password of …" on it
    # The old password is refused now, and the mail is sent.
    Then the card shows "mail to the user: done"
    # The platform has said so.
    And the card shows "confirmed by the platform"
    # The next call: somebody at Acme Corp says that mails do not arrive.
    When Support types "/pm tenant Acme Corp" in #operations
    # Plan, limits and what is temporary on one card. Amounts are for finance.
    Then Support alone is told "Only the finance team sees amounts."
    # Is anything wrong with the place where they work?
    When Support types "/pm workspace Outreach of Acme Corp" in #operations
    # No, and there is another one beside it.
    Then Support alone is told "Workspace Outreach … Other workspaces Newsletter"
    # Has the customer paid?
    When Support types "/pm billing Acme Corp" in #operations
    # Yes. The numbers themselves are not for Léa.
    Then Support alone is told "If this and Stripe differ, trust Stripe."
    # Is their domain as mail servers want it?
    When Support types "/pm domain check acme-corp.example" in #operations
    # It is, so the mails leave as they should.
    Then Support alone is told "Domain acme-corp.example: good"
    # It is something for operations, then. Léa asks for their role for two hours.
    When Support types "/pm request operations for 2h because mails of Acme Corp do not arrive" in #security
    # The request goes to those who may give roles.
    Then #security shows a card "Give operations to Léa Marchand for 2 h (they asked for it)" with the button "Give operations"
    # But Óscar is at his desk already and takes over. She takes her request back, by its number.
    When Support types "/pm withdraw <number>" in #security
    # Nobody has to look at it any more.
    Then the card shows "withdrawn, nothing was done"
    # What may Léa do herself?
    When Support types "/pm my access" in #operations
    # Her roles, and each command that they allow.
    Then Support alone is told "Your access"
