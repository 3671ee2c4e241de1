@something_is_wrong
Feature: Not safe, or no longer here

  @two_minutes
  Scenario: Stolen device
    A laptop was stolen while it was unlocked. One word signs its owner out, closes the account, and has security look.

    In the end the account is opened again. The next tour shows somebody leave for good.

    # Priya has two roles: admin and finance.
    Given Staffer holds "admin and finance" and nothing else
    # She is signed in to the platform four times.
    And Staffer is signed in 4 times
    # Óscar is on call. He asks for everything at once, in one line, and says why.
    When Oncall types "/pm lockdown @staffer because laptop stolen while unlocked" in #operations
    # One card for all of it.
    Then #operations shows a card "Lock down Priya Raghunathan" with the button "Lock down Priya Raghunathan"
    # Each step stands on it, in the order in which it will be done.
    And the card shows "Step 2"
    # Nothing has happened yet: the platform still lets her in.
    And the platform accepts Staffer's token
    # Amara works in security. She approves all of it with one button.
    When Security clicks "Lock down Priya Raghunathan" on it
    # Both steps are done, and the platform has said so of each.
    Then the card shows "done · confirmed by the platform"
    # The card says what that means.
    And the card shows "All sessions of Priya Raghunathan have ended"
    # This tour asked the platform itself, with what her browsers hold: it is refused.
    And the platform refuses Staffer's tokens
    # Nobody can sign in as Priya, either.
    And Staffer cannot sign in
    # Who decided is in the record, by the name of what was asked for.
    And the audit trail has 1 new entry that Security decided "staff.lockdown"
    # The security channel is asked to look at what happened.
    And #security shows a card "To review" with the button "Mark as reviewed"
    # Amara approved it, and presses the button herself.
    When Security clicks "Mark as reviewed" on it
    # Only she sees the answer: somebody else has to look.
    Then Security alone is told "You were part of this, so somebody else has to review it."
    # Nadia works in security, too. She was not involved.
    When Nadia clicks "Mark as reviewed" on the card "To review"
    # The message says who looked at it.
    Then the card shows "Reviewed by Nadia El-Haddad"
    # What happened with the account lately?
    When Nadia types "/pm activity @staffer" in #security
    # What is unusual stands first, then what was done, at the platform and by way of the bot.
    Then Nadia alone is told "Unusual in the last 7 days" with the button "Verify"
    # The laptop is found. Amara asks for the account to be opened again.
    When Security types "/pm reinstate @staffer because laptop found, disk encrypted" in #security
    # Opening is more serious than closing: it is a request of its own.
    Then #security shows a card "Reinstate Priya Raghunathan" with the button "Reinstate Priya Raghunathan"
    # Nadia approves.
    When Nadia clicks "Reinstate Priya Raghunathan" on it
    # Done, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Priya can work again.
    And Staffer can sign in

  @two_minutes
  Scenario: Offboarding with proof
    Somebody leaves the company. Every way in is closed, and the card says of each step that the platform confirmed it.

    In the end she comes back. Next, type /pm activity @staffer.

    # Priya has two roles: admin and finance.
    Given Staffer holds "admin and finance" and nothing else
    # She is signed in to the platform four times.
    And Staffer is signed in 4 times
    # Amara works in security. She asks for all of it in one line.
    When Security types "/pm offboard @staffer because leaves the company" in #security
    # One card for all of it.
    Then #security shows a card "Offboard Priya Raghunathan" with the button "Offboard Priya Raghunathan"
    # It lists what somebody has to take over: temporary changes, open requests, alerts.
    And the card shows "To hand over"
    # And what stays on record, and for how long.
    And the card shows "audit entries for 7 years"
    # Four steps: sessions, account, roles, admin access.
    And the card shows "Step 4"
    # Amara cannot decide it alone. Nadia approves.
    When Nadia clicks "Offboard Priya Raghunathan" on it
    # All steps are done, and the platform has said so of each.
    Then the card shows "done · confirmed by the platform"
    # Each step has its own line, with the time at which it was confirmed.
    And the card shows "Removed admin and finance from Priya Raghunathan · … · confirmed by the platform"
    # This tour asked the platform itself, with what her browsers hold: it is refused.
    And the platform refuses Staffer's tokens
    # Nobody can sign in as Priya, either.
    And Staffer cannot sign in
    # The platform's own database has no session of hers any more.
    And in the database Staffer has 0 sessions in force
    # Who decided is in the record, by the name of what was asked for.
    And the audit trail has 1 new entry that Nadia decided "staff.offboard"
    # Amara asks the platform once more, for the file.
    When Security types "/pm verify @staffer" in #security
    # Only she sees the answer: the platform and the records agree.
    Then Security alone is told "No difference."
    # Priya comes back after all. Amara makes her staff again, with one role.
    When Security types "/pm onboard staffer@penguinmails.example as admin because came back" in #security
    # It says what she could do then.
    Then #security shows a card "Onboard Priya Raghunathan as admin" with the button "Onboard Priya Raghunathan"
    # Ingrid is a super admin. She approves.
    When Root clicks "Onboard Priya Raghunathan" on it
    # Done, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Priya can sign in again.
    And Staffer can sign in
