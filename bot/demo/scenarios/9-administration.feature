@a_day_at_work
Feature: A day in administration

  @two_minutes
  Scenario: New customers
    Two companies have signed up. One is let in, the other is not, and the first has people to invite.

    Next, type /pm tenants where status=trial.

    # Two companies have signed up: Crescent Gardens …
    Given "Crescent Gardens" waits for approval
    # … and Harbor Logistics.
    And "Harbor Logistics" waits for approval
    # Somebody of Acme Labs has more to do soon.
    And "hana.iversen@acme-labs.example" is a member of "Acme Labs"
    # Priya is an administrator. Who is on trial?
    When Staffer types "/pm tenants where status=trial" in #operations
    # A page of them, with plan, size and since when.
    Then Staffer alone is told "trial · where status=trial"
    # She knows the people of Crescent Gardens, and lets them in.
    When Staffer types "/pm tenant approve Crescent Gardens because called them, a garden centre" in #operations
    # The card says what they can do then.
    Then #operations shows a card "Approve Crescent Gardens" with the button "Approve Crescent Gardens"
    # Her own word is enough.
    When Staffer clicks "Approve Crescent Gardens" on it
    # They can use the platform.
    Then the card shows "confirmed by the platform"
    # The address of the other company does not exist.
    When Staffer types "/pm tenant reject Harbor Logistics because no such company at that address" in #operations
    # Nothing would be deleted.
    Then #operations shows a card "Reject Harbor Logistics" with the button "Reject Harbor Logistics"
    # She confirms it.
    When Staffer clicks "Reject Harbor Logistics" on it
    # They are kept out.
    Then the card shows "confirmed by the platform"
    # Somebody calls: the company has moved. Priya puts it back to those who wait.
    When Staffer types "/pm tenant reconsider Harbor Logistics because it has moved, papers follow" in #operations
    # So that a colleague can look at it.
    Then #operations shows a card "Let Harbor Logistics wait for approval again" with the button "Reconsider Harbor Logistics"
    # She confirms it.
    When Staffer clicks "Reconsider Harbor Logistics" on it
    # It waits again.
    Then the card shows "confirmed by the platform"
    # Crescent Gardens wants its gardener in. Priya is in a hurry.
    When Staffer types "/pm user invite jo@crescent-gardens to Crescent Gardens because they asked" in #operations
    # Something is missing in the address, and nothing was done.
    Then Staffer alone is told "“jo@crescent-gardens” is not an e-mail address. Nothing was done."
    # Now it is right.
    When Staffer types "/pm user invite jo@crescent-gardens.example to Crescent Gardens because they asked" in #operations
    # The mail stands on the card before it is sent.
    Then #operations shows a card "Invite j•••@crescent-gardens.example" with the button "Invite j•••@crescent-gardens.example"
    # She confirms it.
    When Staffer clicks "Invite j•••@crescent-gardens.example" on it
    # The mail has left.
    Then the card shows "invitation: done"
    # And the platform knows of it.
    And the card shows "confirmed by the platform"
    # It was the wrong address. The same card takes the invitation back.
    When Staffer clicks "Take the invitation back …" on it because "wrong address"
    # With a card of its own, as everything.
    Then #operations shows a card "Take back the invitation" with the button "Take back the invitation"
    # She confirms it.
    When Staffer clicks "Take back the invitation" on it
    # The invitation counts no more.
    Then the card shows "confirmed by the platform"
    # At Acme Labs somebody becomes a team lead.
    When Staffer types "/pm user role hana.iversen@acme-labs.example to admin in Acme Labs because team lead now" in #operations
    # The card says from what to what.
    Then #operations shows a card "Change the role of h•••@acme-labs.example in Acme Labs to admin" with the button "Change the role of …"
    # She confirms it.
    When Staffer clicks "Change the role of …" on it
    # It is so at the platform.
    Then the card shows "confirmed by the platform"
    # To try an import with made-up data she makes a sandbox, which ends by itself.
    When Staffer types "/pm sandbox create “Import trial” for 2d because to try the new import" in #operations
    # That harms nobody, so it is there at once.
    Then #operations shows a card "Created the sandbox Import trial" with the button "End the sandbox now …"
    # It has served already. She ends it.
    When Staffer clicks "End the sandbox now …" on it because "tried"
    # That harms nobody either, so it is over at once.
    Then #operations shows a card "Ended: Import trial … confirmed by the platform"

  @two_minutes
  Scenario: A setting, agreed and changed
    Settings are changed by two people, whoever asks. What was agreed to once is compared with what is so now.

    The setting is as it was in the end. Next, type /pm setting audit.retention_years.

    # Priya is an administrator. What can be set about sending?
    When Staffer types "/pm settings sending" in #operations
    # Two things.
    Then Staffer alone is told "sending.daily_limit_per_mailbox 200 mails a day"
    # This one interests her.
    When Staffer types "/pm setting sending.daily_limit_per_mailbox" in #operations
    # Its value, what it may be, and who changed it last.
    Then Staffer alone is told "Setting sending.daily_limit_per_mailbox … 200 mails a day … Allowed"
    # Before she changes anything, she agrees to the configuration as it is.
    When Staffer types "/pm baseline agree because reviewed with security" in #operations
    # The card says how much that is.
    Then #operations shows a card "Make the present configuration the baseline" with the button "Agree to the configuration"
    # She confirms it.
    When Staffer clicks "Agree to the configuration" on it
    # From now on, what differs is told against this moment.
    Then the card shows "drift means any difference from it"
    # The law asks for seven years of records. Five cannot be set, whoever wants it.
    When Staffer types "/pm setting set audit.retention_years to 5 because it saves room" in #operations
    # The answer says what is allowed.
    Then Staffer alone is told "“5” is not right for audit.retention_years. It may be a whole number from 7 to 100 (years)."
    # Now the change.
    When Staffer types "/pm setting set sending.daily_limit_per_mailbox to 150 because complaints rise" in #operations
    # Somebody else has to agree.
    Then #operations shows a card "Set sending.daily_limit_per_mailbox to 150" with the button "Set sending.daily_limit_per_mailbox"
    # Amara is in security. She approves.
    When Security clicks "Set sending.daily_limit_per_mailbox" on it
    # It is in force, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # What has left what was agreed to?
    When Staffer types "/pm drift" in #operations
    # Just this.
    Then Staffer alone is told "sending.daily_limit_per_mailbox"
    # Who changed it, and from what to what?
    When Staffer types "/pm setting history sending.daily_limit_per_mailbox" in #operations
    # Priya herself.
    Then Staffer alone is told "200 → 150"
    # Customers do not like it. Back to what it was.
    When Staffer types "/pm setting roll back sending.daily_limit_per_mailbox because customers need more" in #operations
    # The card says to what.
    Then #operations shows a card "Roll back sending.daily_limit_per_mailbox to 200" with the button "Roll back sending.daily_limit_per_mailbox"
    # To go back is easy: her own word is enough.
    When Staffer clicks "Roll back sending.daily_limit_per_mailbox" on it
    # It is as before.
    Then the card shows "confirmed by the platform"
    # Perhaps a little later? She notes what it should become. Nothing goes by that yet.
    When Staffer types "/pm setting stage sending.daily_limit_per_mailbox to 180 because to try next week" in #operations
    # It is done at once.
    Then #operations shows a card "180 staged … confirmed by the platform"
    # No, not at all. She drops it.
    When Staffer types "/pm setting unstage sending.daily_limit_per_mailbox because not now" in #operations
    # Dropped; what is in force did not change.
    Then #operations shows a card "Dropped the staged value of sending.daily_limit_per_mailbox … confirmed by the platform"
    # And what was agreed to?
    When Staffer types "/pm baseline" in #operations
    # By whom and when, and how much of it there is.
    Then Staffer alone is told "Priya Raghunathan"
