@asking_and_deciding
Feature: Who may do what

  @two_minutes
  Scenario: Promotion to user manager
    Léa becomes team lead. Security ask, a super admin approves; from her next sign-in on she may ban and edit in bulk.

    In the end the promotion is undone, in the session that is open, too. Next, see a role end automatically.

    # Léa works in support, and may do what support may do.
    Given Support holds "support" and nothing else
    # She is signed in to the platform.
    And Support is signed in 1 time
    # Amara works in security. She asks for a second role for Léa, and says why.
    When Security types "/pm role add user_manager to @support because promoted to team lead" in #security
    # The card says what the role would add.
    Then #security shows a card "Add user manager to Léa Marchand" with the button "Add user manager"
    # A role counts from the next sign-in on.
    And the card shows "In force when they next sign in"
    # Amara tries to approve her own request.
    When Security clicks "Add user manager" on it
    # Only she sees the answer: somebody else has to approve.
    Then Security alone is told "You asked for this yourself, so somebody else has to approve it"
    # Ingrid is a super admin. She approves.
    When Root clicks "Add user manager" on the card "Add user manager to Léa Marchand"
    # Léa has the role, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # In the session that was open, nothing has changed.
    And Support, still signed in, may not "ban_user"
    # She signs in again: now she may ban users.
    And Support, signed in anew, may "ban_user"
    # And edit in bulk.
    And Support, signed in anew, may "bulk_edit"
    # Who decided is in the record.
    And the audit trail has 1 new entry that Root decided "staff.add_role"
    # The same card has a button that takes it back. Amara presses it, and says why.
    When Security clicks "Remove user manager …" on the card "Added user manager to Léa Marchand" because "no longer needed"
    # Taking it back changes roles, too, so there is a new card.
    Then #security shows a card "Set the roles of Léa Marchand: loses user manager" with the button "Set the roles"
    # Ingrid approves again.
    When Root clicks "Set the roles" on it
    # The role is gone, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # This time it counts at once, in the session that is open, too.
    And Support, signed in anew, may not "ban_user"
    # Neither may she edit in bulk any longer.
    And Support, signed in anew, may not "bulk_edit"

  @two_minutes
  Scenario: Role removal with proof
    Somebody leaves. All roles are taken at once, and the platform itself proves it: no session, no page, no sign-in.

    In the end the roles come back, which takes more people than taking them.

    # Priya has two roles: admin and finance.
    Given Staffer holds "admin and finance" and nothing else
    # She is signed in to the platform four times.
    And Staffer is signed in 4 times
    # Priya leaves the company. Amara asks for all her roles to be removed.
    When Security types "/pm role remove all from @staffer because leaves the company" in #security
    # The card names both roles.
    Then #security shows a card "Remove admin and finance from Priya Raghunathan" with the button "Remove admin and finance"
    # It also says what that means: without any role, nothing is left of her access.
    And the card shows "no role: admin access ends"
    # Nothing has happened yet: the platform still lets her in.
    And the platform accepts Staffer's tokens
    # Nadia works in security, too. She approves.
    When Nadia clicks "Remove admin and finance" on it
    # It is done, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Her sessions ended with the roles.
    And the card shows "admin access and 4 sessions ended"
    # This tour asked the platform itself, with what her browsers hold: it is refused.
    And the platform refuses Staffer's tokens
    # Nobody can sign in as Priya, either.
    And Staffer cannot sign in
    # The platform's own database has no session of hers any more.
    And in the database Staffer has 0 sessions in force
    # Who decided is in the record.
    And the audit trail has 1 new entry that Nadia decided "staff.remove_role"
    # She stays after all. The same card has a button that gives the roles back.
    When Security clicks "Add admin and finance again …" on it because "stays after all"
    # Giving is more serious than taking. The card says who has to approve.
    Then #security shows a card "Set the roles of Priya Raghunathan: gets admin and finance" with the button "Set the roles"
    # Ingrid approves, but one person is not enough here.
    When Root clicks "Set the roles" on it
    # Nadia approves as well.
    And Nadia clicks "Set the roles" on it
    # Now it is done.
    Then the card shows "confirmed by the platform"
    # Priya can work again.
    And Staffer can sign in

  @two_minutes
  Scenario: A role for 14 days
    Léa stands in for the team lead. The role is hers for two weeks, and nobody has to remember to take it back.

    The two weeks take a moment here: the tour moves the dates of this one role. Next, look at the Clock, which moves time for everything.

    # Here time can be moved ahead.
    Given time may be made to pass
    # Léa works in support.
    And Support holds "support" and nothing else
    # Maria is away for two weeks. Amara asks for her role for Léa, for as long as that.
    When Security types "/pm role add user_manager to @support for 14d because stands in for Maria" in #security
    # The card says until when.
    Then #security shows a card "Add user manager to Léa Marchand for 14 d" with the button "Add user manager"
    # Ingrid approves.
    When Root clicks "Add user manager" on it
    # Léa has the role, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # It ends automatically.
    And the card shows "Ends automatically"
    # She signs in: she may ban users.
    And Support, signed in anew, may "ban_user"
    # Two weeks go by. Here that takes a moment.
    Given 14 days pass
    # The role has ended, without anybody having thought of it.
    Then #security shows a card "The role user manager of Léa Marchand ended as planned" within 40 seconds
    # The platform was asked whether it really has.
    And the card shows "The platform confirms it" within 40 seconds
    # Léa was told.
    And Support is told by direct message "The role user manager of Léa Marchand ended as planned"
    # So was Amara, who had asked for it.
    And Security is told by direct message "The role user manager of Léa Marchand ended as planned"
    # Léa may no longer ban users.
    And Support, signed in anew, may not "ban_user"
