@begin_here
Feature: The first two minutes

  @two_minutes
  Scenario: A stolen laptop
    Priya's laptop was stolen. One person asks to close her account, another one decides, the platform proves it, and in the end the account is opened again.

    You can be anybody at the top left now: type /pm, and see what each of them may do. The Clock above lets time pass.

    - Who asked? Óscar, who is on call. His name and his reason stand on the card, and stay there.
    - Who decided? Amara, who works in security. Óscar's role lets him ask for this, but not decide it.
    - What happened? Priya's account was closed and her four sessions ended: the moment Amara clicked, and not before.
    - How does one know? The bot asked the platform afterwards, and only then wrote “confirmed by the platform”. This tour tried her sign-in as well: refused.
    - How is it undone? With a button on the same card. That took two people again: Amara asked, Ingrid decided. Priya's account is open now, and she can sign in.

    # Priya works for PenguinMails. She is signed in to its platform four times; one of these is the laptop that was stolen.
    Given Staffer is signed in 4 times
    # Óscar is on call. He asks for her account to be closed, in one line, and says why. Her name in Slack is @staffer.
    When Oncall types "/pm suspend @staffer because laptop stolen" in #operations
    # The bot answers with a card that everybody here sees: who asks and why, what would happen, who may decide, and until when.
    Then #operations shows a card "Suspend Priya" with the button "Suspend Priya …"
    # His reason stands on it, for whoever decides.
    And the card shows "laptop stolen"
    # Nothing has happened yet. The thief would still get in.
    And the platform accepts Staffer's tokens
    # Óscar's role lets him ask for this, but not decide it. Amara works in security: she can decide it, with the button on the card.
    When Security clicks "Suspend Priya …" on it
    # Now it is done. The bot has asked the platform whether it really holds, and only then says “confirmed”.
    Then the card shows "confirmed by the platform"
    # See for yourself: the same card says who decided, and how soon.
    And the card shows "approved by Amara Okonkwo"
    # This tour asked the platform, too, with what is stored on the stolen laptop: it is refused.
    And the platform refuses Staffer's tokens
    # Nobody can sign in as Priya, either.
    And Staffer cannot sign in
    # Who asked and who decided is written to a record as well. The bot can add to it, but never change or delete what is in it.
    And the audit trail has 1 new entry that Security decided "staff.suspend"
    # Once Priya has a new laptop she needs her account again. Amara asks for that, with “Reinstate” on the same card.
    When Security clicks "Reinstate Priya …" on it because "new laptop"
    # Giving access back always takes a second person, so there is a new card.
    Then #operations shows a card "Reinstate Priya" with the button "Reinstate Priya …"
    # Ingrid is a super admin. She approves it.
    When Root clicks "Reinstate Priya …" on it
    # Done, and the bot has asked the platform once more.
    Then the card shows "confirmed by the platform"
    # Priya can work again.
    And Staffer can sign in
