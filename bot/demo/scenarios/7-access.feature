@asking_and_deciding
Feature: Access for a while

  @two_minutes
  Scenario: Access for two days
    Léa works in support and is on duty until Sunday. What she may not do, she asks for; it is hers for two days and no longer.

    The two days take a moment here: the tour moves the dates of this one role. Next, type /pm my access.

    # Here time can be moved ahead.
    Given time may be made to pass
    # Léa works in support.
    And Support holds "support" and nothing else
    # Customers complain. Léa tries to hold back all mail.
    When Support types "/pm pause email-sending because customers complain" in #operations
    # She may not. The bot says by which rule, who may, and offers the way there.
    Then Support alone is told "It needs the permission queue.pause" with the button "Request the role engineering …"
    # She asks for that role, for as long as she is on duty.
    When Support types "/pm request engineering for 2d because on duty until Sunday" in #security
    # The request goes to those who may give roles.
    Then #security shows a card "Give engineering to Léa Marchand for 2 d (they asked for it)" with the button "Give engineering"
    # Amara, of security, gives it.
    When Security clicks "Give engineering" on it
    # Léa has the role, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Nobody has to remember to take it back.
    And the card shows "Ends automatically"
    # Two days go by. Here that takes a moment.
    Given 2 days pass
    # The role has ended, without anybody having thought of it.
    Then #security shows a card "The role engineering of Léa Marchand ended as planned" within 40 seconds
    # The platform was asked whether it really has.
    And the card shows "The platform confirms it" within 40 seconds
    # Léa was told.
    And Support is told by direct message "The role engineering of Léa Marchand ended as planned"
