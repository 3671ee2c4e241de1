Feature: The first two minutes

  @two_minutes
  Scenario: A stolen laptop
    Priya's laptop was stolen. One person asks to close her account, another one decides, the platform proves it, and in the end it is taken back.

    Next, look at the Clock above: what is temporary ends by itself. Or be anybody you like at the top left, and type /pm.

    - Who asked? Óscar, who is on call. His name and his reason stand on the card, and stay there.
    - Who decided? Amara of security. Óscar could not do it himself: his role may ask for this, not decide it.
    - What happened? Priya's account was closed and her four sessions ended: the moment Amara clicked, and not before.
    - How does one know? The bot asked the platform afterwards, and only then wrote “confirmed by the platform”. This tour tried her log-in as well: refused.
    - How is it taken back? With a button on the same card. That took two people again: Amara asked, Ingrid decided.

    # Priya works for PenguinMails. She is signed in to its platform four times; one of these is the laptop that was stolen.
    Given Staffer is signed in 4 times
    # Óscar is on call. He asks for her account to be closed, in one line, and says why.
    When Oncall types "/pm suspend @staffer because laptop stolen" in #operations
    # The bot answers with a card that everybody here sees: who asks and why, what would happen, who may decide, and until when.
    Then #operations shows a card "Suspend Priya" with the button "Suspend Priya …"
    # His reason stands on it, for whoever decides.
    And the card shows "laptop stolen"
    # Nothing has happened yet. The thief would still get in.
    And the platform accepts Staffer's tokens
    # Óscar's role may ask for this, not decide it. Amara is of security: her click counts.
    When Security clicks "Suspend Priya …" on it
    # Now it is done. The bot has asked the platform whether it really holds, and only then says “confirmed”.
    Then the card shows "confirmed by the platform"
    # See for yourself: the same card says who decided, and how soon.
    And the card shows "approved by Amara Okonkwo"
    # The tour tries the door, too: the stolen laptop is refused.
    And the platform refuses Staffer's tokens
    # Nobody can sign in as Priya, either.
    And Staffer cannot sign in
    # Who asked and who decided is also in a record to which the bot can only add: it can change and delete nothing there.
    And the audit trail has 1 new entry that Security decided "staff.suspend"
    # Priya has a new laptop. Amara takes it back, with the button on the card.
    When Security clicks "Reinstate Priya …" on it
    # That is asked for and decided like everything else. To give access back always takes a second person.
    Then #operations shows a card "Reinstate Priya" with the button "Reinstate Priya …"
    # Ingrid is a super admin. She agrees.
    When Root clicks "Reinstate Priya …" on it
    # The bot has asked the platform once more.
    Then the card shows "confirmed by the platform"
    # Priya can work again.
    And Staffer can sign in
