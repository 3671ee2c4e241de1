Feature: Who may do what

  @two_minutes
  Scenario: Promotion to user manager
    Léa becomes team lead. Security ask, a super admin approves; from her next sign-in on she may ban and edit in bulk.

    In the end the promotion is taken back, in the session that is open, too. Next, see a role end by itself.

    Given Support holds "support" and nothing else
    And Support is signed in 1 time
    When Security types "/pm role add user_manager to @support because promoted to team lead" in #security
    Then #security shows a card "Add user manager to Léa Marchand" with the button "Add user manager"
    And the card shows "In force when they next sign in"
    When Security clicks "Add user manager" on it
    Then Security alone is told "You asked for this yourself, so somebody else has to approve it"
    When Root clicks "Add user manager" on the card "Add user manager to Léa Marchand"
    Then the card shows "confirmed by the platform"
    And Support, still signed in, may not "ban_user"
    And Support, signed in anew, may "ban_user"
    And Support, signed in anew, may "bulk_edit"
    And the audit trail has 1 new entry that Root decided "staff.add_role"
    When Security clicks "Remove user manager …" on the card "Added user manager to Léa Marchand" because "no longer needed"
    Then #security shows a card "Set the roles of Léa Marchand: loses user manager" with the button "Set the roles"
    When Root clicks "Set the roles" on it
    Then the card shows "confirmed by the platform"
    And Support, signed in anew, may not "ban_user"
    And Support, signed in anew, may not "bulk_edit"

  @two_minutes
  Scenario: Role removal with proof
    Somebody leaves. All roles are taken at once, and the platform itself proves it: no session, no page, no sign-in.

    In the end the roles come back, which takes more people than taking them.

    Given Staffer holds "admin and finance" and nothing else
    And Staffer is signed in 4 times
    When Security types "/pm role remove all from @staffer because leaves the company" in #security
    Then #security shows a card "Remove admin and finance from Priya Raghunathan" with the button "Remove admin and finance"
    And the card shows "no role: admin access ends"
    And the platform accepts Staffer's tokens
    When Nadia clicks "Remove admin and finance" on it
    Then the card shows "confirmed by the platform"
    And the card shows "admin access and 4 sessions ended"
    And the platform refuses Staffer's tokens
    And Staffer cannot sign in
    And in the database Staffer has 0 sessions in force
    And the audit trail has 1 new entry that Nadia decided "staff.remove_role"
    When Security clicks "Give admin and finance back …" on it because "stays after all"
    Then #security shows a card "Set the roles of Priya Raghunathan: gets admin and finance" with the button "Set the roles"
    When Root clicks "Set the roles" on it
    And Nadia clicks "Set the roles" on it
    Then the card shows "confirmed by the platform"
    And Staffer can sign in

  @two_minutes
  Scenario: A role for 14 days
    Léa stands in for the team lead. The role is hers for two weeks, and nobody has to remember to take it back.

    The two weeks take a moment here: the tour moves the dates of this one role. Next, look at the Clock, which moves time for everything.

    Given time may be made to pass
    And Support holds "support" and nothing else
    When Security types "/pm role add user_manager to @support for 14d because stands in for Maria" in #security
    Then #security shows a card "Add user manager to Léa Marchand for 14 d" with the button "Add user manager"
    When Root clicks "Add user manager" on it
    Then the card shows "confirmed by the platform"
    And the card shows "Ends automatically"
    And Support, signed in anew, may "ban_user"
    Given 14 days pass
    Then #security shows a card "The role user manager of Léa Marchand ended as planned" within 40 seconds
    And the card shows "The platform confirms it" within 40 seconds
    And Support is told by direct message "The role user manager of Léa Marchand ended as planned"
    And Security is told by direct message "The role user manager of Léa Marchand ended as planned"
    And Support, signed in anew, may not "ban_user"
