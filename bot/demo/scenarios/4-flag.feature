@something_is_wrong
Feature: A flag that does harm

  @one_minute
  Scenario: Flag off for one tenant
    A beta breaks one customer's work. Operations take it from that customer alone, for two hours, on their own word.

    In the end it is given back before its time. Next, type /pm flag ai-composer.

    # AI Composer is a beta. Acme Corp is one of the customers who have it.
    Given "ai-composer" is on for "Acme Corp" by the flag's own rules
    # It breaks Acme's work. Óscar is on call: he asks to turn it off for this customer alone, for two hours.
    When Oncall types "/pm flag off ai-composer for Acme Corp for 2h because Beta: AI Composer breaks Acme's workflow" in #operations
    # The card says for whom and for how long.
    Then #operations shows a card "Turn off ai-composer for Acme Corp for 2 h" with the button "Turn off ai-composer"
    # It also says who would lose it: Acme, and nobody else.
    And the card shows "Lose it Acme Corp"
    # Óscar's role may do this alone. He confirms it.
    When Oncall clicks "Turn off ai-composer" on it
    # It is off, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # The card says by which rule.
    And the card shows "off by tenant override"
    # Nobody has to remember it: it ends automatically.
    And the card shows "Ends automatically"
    # This tour asked the platform, too.
    And the platform says "ai-composer" is off for "Acme Corp" by "tenant override"
    # What was done, and by whom, is in the record.
    And the audit trail has 1 new entry that Oncall executed "flag.turn_off"
    # Anybody can ask how it is right now.
    When Oncall types "/pm flag check ai-composer for Acme Corp" in #operations
    # Only Óscar sees the answer. It is the platform's own.
    Then Oncall alone is told "The platform says off because of the tenant override"
    # The beta is mended. The same card has a button that ends it before its time.
    When Oncall clicks "End this change now …" on the card "Turned off ai-composer for Acme Corp" because "it is mended"
    # A new card says what would end.
    Then #operations shows a card "End now: ai-composer off for Acme Corp" with the button "End it now"
    # Óscar confirms it.
    When Oncall clicks "End it now" on it
    # It has ended, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Acme has it again, by the same rule as before.
    And the platform says "ai-composer" is on for "Acme Corp" by "rollout"
