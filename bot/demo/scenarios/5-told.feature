@asking_and_deciding
Feature: Who hears of a request

  @half_a_minute
  Scenario: Told when it is done
    Whoever asked does not have to watch the card: a direct message says what became of it, and by whom.

    Next, take back a request of your own.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar asks for all of Priya's sessions to be ended, and says why.
    When Oncall types "/pm revoke @staffer because odd sign-ins" in #operations
    # The card waits for somebody who may decide. Óscar goes on with his work.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # Amara works in security. She approves.
    When Security clicks "Sign out Priya Raghunathan" on it
    # The card says so.
    Then the card shows "approved by"
    # Óscar need not look at it: he is told in a direct message.
    And Oncall is told by direct message "Done: Signed out … everywhere"

  @half_a_minute
  Scenario: Two ask for the same
    Both saw it. The second is shown the request of the first, and asks to be told how it goes.

    Joining approves nothing. Whoever decides has one card to look at.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar asks for all of Priya's sessions to be ended.
    When Oncall types "/pm revoke @staffer because odd log-ins" in #operations
    # His card waits for somebody who may decide.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # Tomasz has noticed the same, and asks for the same.
    When Tomasz types "/pm revoke @staffer because he called me" in #operations
    # There is no second card. Only he sees the answer, with a button to hear how it goes.
    Then Tomasz alone is told "already asks for this" with the button "Keep me informed"
    # He presses it.
    When Tomasz clicks "Keep me informed" on it
    # He will be told, just as Óscar.
    Then Tomasz alone is told "You will be told how request … goes."
    # Amara works in security. She approves.
    When Security clicks "Sign out Priya Raghunathan" on the card "Sign out … everywhere"
    # The card says so.
    Then the card shows "approved by"
    # Tomasz is told in a direct message.
    And Tomasz is told by direct message "Done: Signed out … everywhere"

  @half_a_minute
  Scenario: A request that is withdrawn
    The laptop was only in another bag. Whoever asked takes it back, and nobody asks them why.

    For somebody else the same button rejects, and asks for a reason.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar asks for all of Priya's sessions to be ended.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # His card waits for somebody who may decide.
    Then #operations shows a card "Sign out … everywhere" with the button "Reject …"
    # The laptop is found. Óscar withdraws his request: the form of this button says so to whoever asked.
    When Oncall clicks "Reject …" on it because "the laptop is found"
    # The card says that nothing was done.
    Then the card shows "withdrawn, nothing was done"
    # It also says who withdrew it.
    And the card shows "withdrawn by"
    # Nobody can approve it any more.
    And the card no longer has the button "Sign out Priya Raghunathan"
    # The record says that nothing was done.
    And nothing was done
    # All four sessions are still there.
    And in the database Staffer has 4 sessions in force
