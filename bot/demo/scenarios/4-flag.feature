Feature: A flag that does harm

  @one_minute
  Scenario: Flag off for one tenant
    A beta breaks one customer's work. Operations take it from that customer alone, for two hours, on their own word.

    In the end it is given back before its time. Next, type /pm flag ai-composer.

    Given "ai-composer" is on for "Acme Corp" by the flag's own rules
    When Oncall types "/pm flag off ai-composer for Acme Corp for 2h because Beta: AI Composer breaks Acme's workflow" in #operations
    Then #operations shows a card "Turn off ai-composer for Acme Corp for 2 h" with the button "Turn off ai-composer"
    And the card shows "Lose it Acme Corp"
    When Oncall clicks "Turn off ai-composer" on it
    Then the card shows "confirmed by the platform"
    And the card shows "off by tenant override"
    And the card shows "Ends automatically"
    And the platform says "ai-composer" is off for "Acme Corp" by "tenant override"
    And the audit trail has 1 new entry that Oncall executed "flag.turn_off"
    When Oncall types "/pm flag check ai-composer for Acme Corp" in #operations
    Then Oncall alone is told "The platform says off by tenant override"
    When Oncall clicks "End it now …" on the card "Turned off ai-composer for Acme Corp" because "it is mended"
    Then #operations shows a card "End now: ai-composer off for Acme Corp" with the button "End it now"
    When Oncall clicks "End it now" on it
    Then the card shows "confirmed by the platform"
    And the platform says "ai-composer" is on for "Acme Corp" by "rollout"
