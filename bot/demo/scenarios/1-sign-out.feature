Feature: Sign somebody out everywhere

  @one_minute
  Scenario: Revoke with approval
    A laptop was stolen. Operations ask, security approve, and the platform refuses the thief.

    Next, see the same card refuse the one who asked.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    And the platform accepts Staffer's token
    When Security clicks "Revoke 4 sessions" on it
    Then the card shows "confirmed by the platform"
    And the card shows "4 sessions ended at"
    And the card no longer has the button "Revoke 4 sessions"
    And the platform refuses Staffer's token
    And in the database Staffer has 0 sessions in force
    And the audit trail has 1 new entry that Security decided "staff.revoke_sessions"

  @half_a_minute
  Scenario: Nobody approves their own request
    Operations may ask, but the word that counts comes from somebody else.

    Next, somebody without the role presses it.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    When Oncall clicks "Revoke 4 sessions" on it
    Then Oncall alone is told "You asked for this yourself, so somebody else has to approve it" with the button "Remind them"
    And nothing was done
    And the platform accepts Staffer's token
    When Oncall clicks "Reject" on the card "Sign out … everywhere"
    Then the card shows "withdrawn, nothing was done"

  @half_a_minute
  Scenario: Approver without permission
    Support see the card as everybody does. When they press its button, they alone are told who can.

    Next, press it twice.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    When Support clicks "Revoke 4 sessions" on it
    Then Support alone is told "You can't approve this (your roles: support). … can." with the button "Remind them"
    And nothing was done
    And the platform accepts Staffer's token
    And in the database Staffer has 4 sessions in force
    When Oncall clicks "Reject" on the card "Sign out … everywhere"
    Then the card shows "withdrawn, nothing was done"

  @half_a_minute
  Scenario: Double click
    Somebody in a hurry presses the button twice. It is done once, and both clicks are answered.

    Next, type a name that does not exist.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    When Security clicks "Revoke 4 sessions" on it twice at once
    Then the card shows "confirmed by the platform"
    And Security alone is told "Already approved by …; the card shows how far it is."
    And every click was answered in time
    And the audit trail has 1 new entry that Security decided "staff.revoke_sessions"
    And the audit trail has 1 new entry that Oncall executed "staff.revoke_sessions"

  @half_a_minute
  Scenario: A mistyped name
    A name with a letter missing is no reason to start again: the answer is a button.

    Next, see what happens when a queue backs up. Or type /pm revoke and nothing else, for a form.

    Given Staffer is signed in 4 times
    When Oncall types "/pm revoke @stafer because laptop stolen" in #operations
    Then Oncall alone is told "There is no member of staff “stafer”. Did you mean" with the button "Revoke …"
    When Oncall clicks "Revoke …" on it
    Then #operations shows a card "Sign out … everywhere" with the button "Revoke 4 sessions"
    And the card shows "laptop stolen"
    And nothing was done
    When Oncall clicks "Reject" on the card "Sign out … everywhere"
    Then the card shows "withdrawn, nothing was done"
