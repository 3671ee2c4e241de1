@a_day_at_work
Feature: A person's data

  @two_minutes
  Scenario: Forget me
    Somebody who has left a customer wants to know all that is known of them, and then to be forgotten. That is for good, so it takes three people.

    The platform is asked afterwards, and knows no such person. Next, type /pm integrity.

    # Noor has left Acme Labs, and still has an account there.
    Given "noor.vandijk@acme-labs.example" is a member of "Acme Labs"
    # Dmitri looks after data. Is there anything left over in the platform's tables?
    When Dmitri types "/pm integrity" in #security
    # What he finds would stand here, with the command that mends it.
    Then Dmitri alone is told "No old data was found on the platform"
    # Does anything contradict itself?
    When Dmitri types "/pm conflicts" in #security
    # A few customers have more people than their plan has places. That is for finance.
    Then Dmitri alone is told "More users than the plan has"
    # Noor has written. First she wants to know what is known of her.
    When Dmitri types "/pm user export noor.vandijk@acme-labs.example because she asked, letter of today" in #security
    # Somebody's whole file: that takes a second person.
    Then #security shows a card "Export all data about n•••@acme-labs.example" with the button "Export the data"
    # Ingrid is a super admin. She approves.
    When Root clicks "Export the data" on it
    # The file goes to Dmitri alone.
    Then the card shows "file to whoever asked: done"
    # It is in a direct message, and is deleted after a day.
    And Dmitri is told by direct message "All data about the user, as you asked. I delete this file in a day"
    # Now Noor wants all of it to be deleted.
    When Dmitri types "/pm user erase noor.vandijk@acme-labs.example because she asked, letter of today" in #security
    # The card says what would be deleted, what is kept and why, and what has to be done by hand.
    Then #security shows a card "Erase a user of Acme Labs" with the button "Erase the user permanently"
    # Dmitri asked, so he is not one of the two who decide.
    When Dmitri clicks "Erase the user permanently" on it
    # Only he is told.
    Then Dmitri alone is told "You asked for this yourself, so somebody else has to approve it"
    # Amara works in security. She has read the letter, and approves.
    When Security clicks "Erase the user permanently" on the card "Erase a user of Acme Labs"
    # One of two. Nothing has happened yet.
    Then the card shows "Approvals: 1 of 2"
    # Nadia approves as well.
    When Nadia clicks "Erase the user permanently" on it
    # It is done: the platform was asked, and knows no such person.
    Then the card shows "the platform has had no such user since"
    # Who was erased stands nowhere any more, not on this card either.
    And the card shows "Erased a user of Acme Labs"
    # Who decided is on record all the same.
    And the audit trail has 1 new entry that Nadia decided "user.erase"
    # Dmitri looks once more.
    When Dmitri types "/pm user noor.vandijk@acme-labs.example" in #security
    # There is nobody.
    Then Dmitri alone is told "There is no user “noor.vandijk@acme-labs.example”."
