@begin_here
Feature: Sign somebody out everywhere

  @one_minute
  Scenario: Revoke with approval
    A laptop was stolen. Somebody in operations asks, somebody in security approves, and the platform refuses the thief.

    The next tour shows the same card refuse the one who asked.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar is on call. He asks for all of Priya's sessions to be ended, in one line, and says why.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # The bot answers with a card that everybody here sees. It says what would happen: four sessions would end.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # Nothing has happened yet: the platform still lets her in.
    And the platform accepts Staffer's token
    # Amara works in security. She approves, with the button on the card.
    When Security clicks "Sign out Priya Raghunathan" on it
    # It is done. The bot asked the platform whether it really holds, and only then says “confirmed”.
    Then the card shows "confirmed by the platform"
    # The card says how many sessions ended, and when.
    And the card shows "4 sessions ended at"
    # Its button is gone: nobody can do it a second time.
    And the card no longer has the button "Sign out Priya Raghunathan"
    # This tour asked the platform, too: the stolen laptop is refused.
    And the platform refuses Staffer's token
    # The platform's own database has no session of hers any more.
    And in the database Staffer has 0 sessions in force
    # Who asked and who decided is in the record, once each.
    And the audit trail has 1 new entry that Security decided "staff.revoke_sessions"

  @half_a_minute
  Scenario: Nobody approves their own request
    Somebody in operations may ask, but another person has to approve.

    In the next tour somebody without the role presses the button.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar is on call. He asks for all of Priya's sessions to be ended, in one line, and says why.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # The bot answers with a card that everybody here sees. It says what would happen: four sessions would end.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # Óscar tries to approve his own request.
    When Oncall clicks "Sign out Priya Raghunathan" on it
    # Only he sees the answer: somebody else has to approve. He can remind them with a button.
    Then Oncall alone is told "You asked for this yourself, so somebody else has to approve it" with the button "Remind them"
    # The record says that nothing was done.
    And nothing was done
    # Nothing has happened yet: the platform still lets her in.
    And the platform accepts Staffer's token
    # Óscar withdraws his request. The form says so, since the button says Reject to everybody.
    When Oncall clicks "Reject …" on the card "Sign out … everywhere" because "no longer needed"
    # The card says so, for everybody.
    Then the card shows "withdrawn, nothing was done"

  @half_a_minute
  Scenario: Approver without permission
    Somebody in support sees the card as everybody does. When they press its button, they alone are told who can.

    In the next tour it is pressed twice.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar is on call. He asks for all of Priya's sessions to be ended, in one line, and says why.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # The bot answers with a card that everybody here sees. It says what would happen: four sessions would end.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # Léa works in support. She presses the button as well.
    When Support clicks "Sign out Priya Raghunathan" on it
    # Only she sees the answer: her role cannot approve this, and who can.
    Then Support alone is told "You can't approve this (your roles: support). … can." with the button "Remind them"
    # The record says that nothing was done.
    And nothing was done
    # Nothing has happened yet: the platform still lets her in.
    And the platform accepts Staffer's token
    # All four sessions are still there.
    And in the database Staffer has 4 sessions in force
    # Óscar withdraws his request. The form says so, since the button says Reject to everybody.
    When Oncall clicks "Reject …" on the card "Sign out … everywhere" because "no longer needed"
    # The card says so, for everybody.
    Then the card shows "withdrawn, nothing was done"

  @half_a_minute
  Scenario: Double click
    Somebody in a hurry presses the button twice. It is done once, and both clicks are answered.

    In the next tour a name is mistyped.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar is on call. He asks for all of Priya's sessions to be ended, in one line, and says why.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # The bot answers with a card that everybody here sees. It says what would happen: four sessions would end.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # Amara works in security. She approves, and presses the button twice.
    When Security clicks "Sign out Priya Raghunathan" on it twice at once
    # It is done. The bot asked the platform whether it really holds, and only then says “confirmed”.
    Then the card shows "confirmed by the platform"
    # The second click is answered, too: it is approved already.
    And Security alone is told "Already approved by …; its card shows its state."
    # Both clicks were answered within the three seconds that Slack allows.
    And every click was answered in time
    # Who asked and who decided is in the record, once each.
    And the audit trail has 1 new entry that Security decided "staff.revoke_sessions"
    # It was done once, in Óscar's name.
    And the audit trail has 1 new entry that Oncall executed "staff.revoke_sessions"

  @half_a_minute
  Scenario: A mistyped name
    A name with a letter missing is no reason to start again: the answer is a button.

    The next tour shows what happens when a queue backs up. Or type /pm revoke and nothing else, for a form.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar is in a hurry: a letter is missing in the name.
    When Oncall types "/pm revoke @stafer because laptop stolen" in #operations
    # The bot asks whether he meant Priya, with a button.
    Then Oncall alone is told "There is no staff member “stafer”. Did you mean" with the button "Request: sign out Priya Raghunathan"
    # He did mean her, and presses it.
    When Oncall clicks "Request: sign out Priya Raghunathan" on it
    # The bot answers with a card that everybody here sees. It says what would happen: four sessions would end.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # His reason is kept.
    And the card shows "laptop stolen"
    # The record says that nothing was done.
    And nothing was done
    # Óscar withdraws his request. The form says so, since the button says Reject to everybody.
    When Oncall clicks "Reject …" on the card "Sign out … everywhere" because "no longer needed"
    # The card says so, for everybody.
    Then the card shows "withdrawn, nothing was done"
