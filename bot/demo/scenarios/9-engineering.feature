@a_day_at_work
Feature: A day in engineering

  @two_minutes
  Scenario: A beta, customer by customer
    A new feature is ready. One customer gets it first, then three, then a third of all, and each step can be taken back.

    What is for everybody takes a second person. Next, type /pm flag strict-dmarc.

    # Acme Corp does not have the new import yet, by any rule.
    Given "bulk-import-v2" is off for "Acme Corp" by the flag's own rules
    # Kofi is an engineer. Which features are behind a flag?
    When Kofi types "/pm flags" in #operations
    # All of them, with who has them.
    Then Kofi alone is told "bulk-import-v2"
    # Can any of them go from the code?
    When Kofi types "/pm flags stale" in #operations
    # None yet.
    Then Kofi alone is told "Flags you can remove"
    # The new import is ready. Who has it?
    When Kofi types "/pm flag bulk-import-v2" in #operations
    # Its rules, one by one.
    Then Kofi alone is told "Flag bulk-import-v2 Streaming import of leads"
    # Acme Corp wants to be the first, for two days.
    When Kofi types "/pm flag on bulk-import-v2 for Acme Corp for 2d because they want to be first" in #operations
    # The card says who gains it: Acme, and nobody else.
    Then #operations shows a card "Gain it Acme Corp" with the button "Turn on bulk-import-v2"
    # For one customer his own word is enough.
    When Kofi clicks "Turn on bulk-import-v2" on it
    # They have it, and the platform has said so.
    Then the card shows "now on by tenant override … confirmed by the platform"
    # They like it, and it may stay: first the temporary rule ends.
    When Kofi types "/pm end <number> because they keep it" in #operations
    # A card of its own.
    Then #operations shows a card "End now: bulk-import-v2 on for Acme Corp" with the button "End it now"
    # He confirms it.
    When Kofi clicks "End it now" on it
    # It is off for them for a moment.
    Then the card shows "confirmed by the platform"
    # Now they have it without an end.
    When Kofi types "/pm flag on bulk-import-v2 for Acme Corp because they keep it" in #operations
    # The card says so.
    Then #operations shows a card "Turn on bulk-import-v2 for Acme Corp" with the button "Turn on bulk-import-v2"
    # He confirms it.
    When Kofi clicks "Turn on bulk-import-v2" on it
    # It is on.
    Then the card shows "confirmed by the platform"
    # Better one list than many rules of their own. He removes Acme's own rule …
    When Kofi types "/pm flag clear bulk-import-v2 for Acme Corp because it goes on the list" in #operations
    # The card says who loses it.
    Then #operations shows a card "Lose it Acme Corp" with the button "Remove the override of bulk-import-v2"
    # He confirms it.
    When Kofi clicks "Remove the override of bulk-import-v2" on it
    # No rule of their own any more.
    Then the card shows "confirmed by the platform"
    # … and puts Acme on the list, with another customer.
    When Kofi types "/pm flag allow bulk-import-v2 for Acme Corp, Coral Freight because both test it" in #operations
    # Both gain it.
    Then #operations shows a card "Gain it Acme Corp, Coral Freight" with the button "Allow bulk-import-v2"
    # He confirms it.
    When Kofi clicks "Allow bulk-import-v2" on it
    # They have it.
    Then the card shows "confirmed by the platform"
    # A third of all customers is next.
    When Kofi types "/pm flag rollout bulk-import-v2 30% for 2d because it goes well" in #operations
    # The card says how many that is.
    Then #operations shows a card "Roll out bulk-import-v2 to 30% of the tenants" with the button "Roll out bulk-import-v2"
    # Up to half of them his own word is enough.
    When Kofi clicks "Roll out bulk-import-v2" on it
    # It is so at the platform.
    Then the card shows "confirmed by the platform"
    # The list goes back to what it was.
    When Kofi clicks "Undo this change …" on the card "Allowed bulk-import-v2" because "the rollout has it"
    # A card of its own.
    Then #operations shows a card "Restore bulk-import-v2" with the button "Restore bulk-import-v2"
    # He confirms it.
    When Kofi clicks "Restore bulk-import-v2" on it
    # Done.
    Then the card shows "confirmed by the platform"
    # In the end the rollout is taken back, too.
    When Kofi clicks "End this change now …" on the card "Rolled out bulk-import-v2" because "enough for today"
    # The same again.
    Then #operations shows a card "End now: bulk-import-v2" with the button "End it now"
    # He confirms it.
    When Kofi clicks "End it now" on it
    # Everybody has what they had before.
    Then the card shows "confirmed by the platform"
