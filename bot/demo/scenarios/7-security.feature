@something_is_wrong
Feature: A security incident, for those who work on it

  @headless @half_a_minute
  Scenario: Stolen credentials of a colleague
    Somebody signs in as a colleague, and it is not them. Whoever did it may read along in open channels, so the work goes on in a private one.

    What was found is kept as it was, with its hash, and the review shows it.

    # Óscar, on call, sees the sign-ins first, and declares an incident as he always does.
    When Oncall types "/pm incident P2 odd sign-ins of a colleague" in #operations
    # Everybody reads that there is one.
    Then #operations shows a card "Incident … declared: odd sign-ins of a colleague"
    # The incident has a channel of its own, with its card.
    And the incident's channel shows a card "odd sign-ins of a colleague … Commander … nobody yet"
    # Amara of security sees that the credentials were stolen. From now on this is for few.
    When Security types "/pm incident restrict <incident> because the credentials were stolen" in #operations
    # It goes on in a private channel. Whoever declared it is asked in.
    Then the incident's channel shows a card "odd sign-ins of a colleague … made it a security incident"
    # Kofi can read the logs, so she adds him.
    When Security types "/pm incident member add <incident> @kofi" in #operations
    # Its card says so.
    Then the incident's channel shows a card "made Kofi Adjei a member"
    # He has found something, and keeps it word for word.
    When Kofi types "/pm incident evidence <incident> saying session 7F3A from 203.0.113.9 at 02:14" in #operations
    # It has a number and a hash.
    Then the incident's channel shows a card "Kofi Adjei recorded evidence … SHA-256"
    # The card says what was known by now. That is kept as well, whatever becomes of it.
    When Kofi types "/pm incident evidence <incident> <link> because it says what we knew by then" in #operations
    # The bot fetches it from Slack.
    Then the incident's channel shows a card "odd sign-ins of a colleague … Evidence … 2 pieces"
    # Addresses of customers were in reach, so the law asks that others are told.
    When Security types "/pm incident breach <incident> low saying addresses of about 400 customers" in #operations
    # The card says whom, and until when.
    Then the incident's channel shows a card "By law … the data protection authority: must be told before"
    # Their officer for data protection knows already.
    When Security types "/pm incident told <incident> officer saying on the phone, at once" in #operations
    # The card says that, too.
    Then the incident's channel shows a card "the data protection officer: told"
    # All of it was encrypted, so the authority does not have to be told. Why stays on record.
    When Security types "/pm incident not needed <incident> authority because all of it was encrypted" in #operations
    # That clock stands still.
    Then the incident's channel shows a card "the data protection authority: telling is not necessary"
    # Tomasz is no member. He asks for it by its number.
    When Tomasz types "/pm incident show <incident>" in #operations
    # For him it is not there.
    Then Tomasz alone is told "There is no incident …"
    # Those who work on it see its card as before.
    And the incident's channel shows a card "odd sign-ins of a colleague … open"
    # Kofi has done his part.
    When Security types "/pm incident member remove <incident> @kofi" in #operations
    # From now on he reads no more of it.
    Then the incident's channel shows a card "removed Kofi Adjei from the members of the incident"
    # All sessions have ended, and it is over.
    When Security types "/pm incident resolve <incident> because all sessions ended" in #operations
    # Nobody else reads that.
    Then the incident's channel shows a card "odd sign-ins of a colleague … resolved"
    # What belongs to it is not forgotten after seven days. When that is over, she asks to end the hold; somebody else decides.
    When Security types "/pm incident release <incident> because the authority closed the case" in #operations
    # Until then it stays.
    Then the incident's channel shows a card "odd sign-ins of a colleague … Legal hold … is kept"
    # The next time she knows from the beginning that it is for few.
    When Security types "/pm security incident P1 a stolen laptop with keys" in #operations
    # Its channel is private at once.
    Then the incident's channel shows a card "a stolen laptop with keys … Commander … nobody yet" with the button "Take command"
