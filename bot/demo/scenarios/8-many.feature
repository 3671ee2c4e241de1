@many_at_once
Feature: Many at once

  @two_minutes
  Scenario: A stolen list of passwords
    Somebody sells passwords of one customer's people. All of them are suspended with one approval, and let in again with another.

    Everybody is as before in the end. Next, type /pm user suspend where tenant=acme.

    # Amara works in security. Support has told her about the list. She is in a hurry, and misspells a word.
    When Security types "/pm user suspend where tenant=“Acme Labs” role=membr because a stolen list" in #security
    # Nothing was done, and she is told what there is.
    Then Security alone is told "There is no role “membr”. Did you mean member?"
    # She says it once more.
    When Security types "/pm user suspend where tenant=“Acme Labs” role=member because a stolen list" in #security
    # One card for all seven of them, with what is known of a few.
    Then #security shows a card "Suspend 7 users" with the button "Suspend 7 users"
    # By what she chose them.
    And the card shows "users of Acme Labs, with the role member"
    # No address of a customer stands in a channel.
    And the card shows "•••@"
    # It limits damage, so her own word is enough.
    When Security clicks "Suspend 7 users" on it
    # All of them are suspended, and the platform has said so of each.
    Then the card shows "done · confirmed by the platform"
    # The passwords have been changed. The same card takes it back.
    When Security clicks "Reinstate them …" on it because "the passwords are changed"
    # Letting people in again takes another person.
    Then #security shows a card "Reinstate 7 users" with the button "Reinstate 7 users"
    # Nadia works in security, too.
    When Nadia clicks "Reinstate 7 users" on it
    # Everybody can sign in again.
    Then the card shows "confirmed by the platform"

  @two_minutes
  Scenario: A crash in the middle of many
    Thousands of accounts are suspended with one approval, in parts, and the bot loses its database during the last one. It goes on by itself.

    Everybody is as before in the end. Next, look at the file in the thread of the card.

    # Amara works in security. Passwords of many customers are for sale, and nobody knows whose.
    When Security types "/pm user suspend where role=member status=active because passwords for sale" in #security
    # One card for all of them, who are done a thousand at a time.
    Then #security shows a card "Suspend … users"
    # It can be stopped between two parts.
    And the card shows "of 1,000, one after the other"
    # Something always happens at night.
    Given the bot will lose its database before the last part of it
    # It limits damage, so her own word is enough.
    When Security clicks "Suspend … users" on it
    # What was done stays done, and what was begun of the last part is as if it had not been.
    Then the bot lost its database, with all but the last part done
    # It comes back, finds what is left and does that: nobody twice, and nobody not at all.
    And the card shows "done · confirmed by the platform"
    # What became of each stands in a file in its thread.
    And the card shows "results of each: done"
    # The list was an old one. One card takes all of it back, too.
    When Security clicks "Reinstate them …" on it because "the list is years old"
    # Letting people in again takes another person.
    Then #security shows a card "Reinstate … users"
    # Nadia works in security, too.
    When Nadia clicks "Reinstate … users" on it
    # Everybody can sign in again.
    Then the card shows "confirmed by the platform"

  @two_minutes
  Scenario: Everything a customer sends is stopped
    A customer's whole list was bought, and all of its campaigns are stopped with one command, and go on with one click.

    Everything is as before in the end. Next, type /pm mailbox pause where tenant=acme.

    # Óscar is on call. Complaints come in about every campaign of one customer.
    When Oncall types "/pm campaign pause where tenant=“Acme Corp” because a bought list" in #operations
    # One card for all of its campaigns, without those that send nothing anyway.
    Then #operations shows a card "Pause … campaign…"
    # It limits damage, so his own word is enough.
    When Oncall clicks "Pause … campaign…" on it
    # Nothing of this customer is sent any more.
    Then the card shows "done · confirmed by the platform"
    # The list was theirs after all.
    When Oncall clicks "Resume them …" on it because "they showed us where it is from"
    # Letting mail out again takes another person.
    Then #operations shows a card "Resume … campaign…"
    # Somebody else of operations may, or a super admin.
    When Root clicks "Resume … campaign…" on it
    # All of them are as they were.
    Then the card shows "confirmed by the platform"
