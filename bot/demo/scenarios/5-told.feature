Feature: Who hears of a request

  @half_a_minute
  Scenario: Told when it is done
    Whoever asked does not have to watch the card: a direct message says what became of it, and by whom.

    Next, take back a request of your own.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because odd sign-ins" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    When Security clicks "Revoke 4 sessions" on it
    Then the card shows "approved by"
    And Oncall is told by direct message "Done: Signed out … everywhere"

  @half_a_minute
  Scenario: Two ask for the same
    Both saw it. The second is shown the request of the first, and asks to be told how it goes.

    Joining approves nothing. Whoever decides has one card to look at.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because odd log-ins" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    When Tomasz types "/pm revoke @staffer because he called me" in #operations
    Then Tomasz alone is told "already asks for this" with the button "Keep me informed"
    When Tomasz clicks "Keep me informed" on it
    Then Tomasz alone is told "You will be told how request … goes."
    When Security clicks "Revoke 4 sessions" on the card "Sign out … everywhere"
    Then the card shows "approved by"
    And Tomasz is told by direct message "Done: Signed out … everywhere"

  @half_a_minute
  Scenario: A request that is withdrawn
    The laptop was only in another bag. Whoever asked takes it back, and nobody asks them why.

    For somebody else the same button rejects, and asks for a reason.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Reject"
    When Oncall clicks "Reject" on it
    Then the card shows "withdrawn, nothing was done"
    And the card shows "withdrawn by"
    And the card no longer has the button "Revoke 4 sessions"
    And nothing was done
    And in the database Staffer has 4 sessions in force
