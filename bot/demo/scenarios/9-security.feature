@a_day_at_work
Feature: A day in security

  @two_minutes
  Scenario: Security's day
    A customer's password is in the wrong hands. Security shuts the account, makes the customer's rules stricter, and looks at who may do what in their own house.

    What was shut is open again in the end, by a second person. Next, type /pm activity @staffer.

    # Joost works for Acme Labs, a customer.
    Given "joost.meyer@acme-labs.example" is a member of "Acme Labs"
    # So does Mira.
    And "mira.solberg@acme-labs.example" is a member of "Acme Labs"
    # Joost has given his password to a page that only looked like ours. Amara ends his sessions first.
    When Security types "/pm user revoke joost.meyer@acme-labs.example because entered the password on a foreign page" in #security
    # The card says what would end. No whole address stands in a channel.
    Then #security shows a card "Sign out j•••@acme-labs.example everywhere" with the button "Sign out j•••@acme-labs.example"
    # Her own word is enough.
    When Security clicks "Sign out j•••@acme-labs.example" on it
    # The platform refuses the thief.
    Then the card shows "confirmed by the platform 1 session ended at"
    # So that nobody signs in again before there is a new password, she closes the account.
    When Security types "/pm user suspend joost.meyer@acme-labs.example because entered the password on a foreign page" in #security
    # The card says so.
    Then #security shows a card "Suspend j•••@acme-labs.example" with the button "Suspend j•••@acme-labs.example"
    # She confirms it.
    When Security clicks "Suspend j•••@acme-labs.example" on it
    # Nobody can sign in as Joost now.
    Then the card shows "confirmed by the platform"
    # A colleague of his did the same. This time both words are one.
    When Security types "/pm user suspend mira.solberg@acme-labs.example because the same foreign page" in #security
    # To suspend ends the sessions, too.
    Then #security shows a card "Suspend m•••@acme-labs.example" with the button "Suspend m•••@acme-labs.example"
    # She confirms it.
    When Security clicks "Suspend m•••@acme-labs.example" on it
    # Done.
    Then the card shows "confirmed by the platform"
    # How do people of this customer sign in?
    When Security types "/pm tenant settings Acme Labs" in #security
    # With a password alone.
    Then Security alone is told "Rule two-factor off"
    # For a week they need a second factor as well.
    When Security types "/pm tenant policy Acme Labs two-factor on for 7d because passwords were stolen" in #security
    # The card says from what to what.
    Then #security shows a card "Set a sign-in rule for Acme Labs: two-factor on for 7 d" with the button "Set a sign-in rule for Acme Labs"
    # Stricter rules she may set on her own word; weaker ones take a second person.
    When Security clicks "Set a sign-in rule for Acme Labs" on it
    # They hold, and end by themselves after a week.
    Then the card shows "confirmed by the platform"
    # While they last, those who manage the customer hear of what looks unusual, too.
    When Security types "/pm tenant settings set Acme Corp security-alerts on for 7d because passwords were stolen" in #security
    # From what to what, as ever.
    Then #security shows a card "security-alerts on for 7 d" with the button "Set the settings of Acme Corp"
    # She confirms it.
    When Security clicks "Set the settings of Acme Corp" on it
    # It holds for a week.
    Then the card shows "confirmed by the platform"
    # Joost has a new password. Amara asks for his account to be opened.
    When Security types "/pm user reinstate joost.meyer@acme-labs.example because a new password" in #security
    # To open takes a second person.
    Then #security shows a card "Reinstate j•••@acme-labs.example" with the button "Reinstate j•••@acme-labs.example"
    # Nadia works in security, too.
    When Nadia clicks "Reinstate j•••@acme-labs.example" on it
    # He can sign in.
    Then the card shows "confirmed by the platform"
    # And everybody else of this customer who is still suspended.
    When Security types "/pm user reinstate where tenant=“Acme Labs” because new passwords" in #security
    # That is one account; the others need nothing, and the card says so.
    Then #security shows a card "Reinstate 1 user" with the button "Reinstate 1 user"
    # Nadia approves.
    When Nadia clicks "Reinstate 1 user" on it
    # Mira can sign in as well.
    Then the card shows "confirmed by the platform"
    # The rules of signing in go back to what they were, before the week is over.
    When Security clicks "End this change now …" on the card "or Acme Labs … two-factor on for 7 d" because "everybody has a new password"
    # That makes them weaker, so a second person decides.
    Then #security shows a card "End now: … two-factor" with the button "End it now"
    # Nadia approves.
    When Nadia clicks "End it now" on it
    # A password alone is enough again.
    Then the card shows "confirmed by the platform"

  @one_minute
  Scenario: Who holds what
    Once in a while somebody looks at who may do what in their own house, and puts right what no longer fits.

    Next, type /pm who @oncall.

    # Léa works in support, and helped in operations for a while. That is over.
    Given Support holds "support and operations" and nothing else
    # Amara, of security, looks at all roles and who holds them.
    When Security types "/pm roles" in #security
    # There is Léa, in operations.
    Then Security alone is told "operations … Léa Marchand"
    # What else is known of her?
    When Security types "/pm who @support" in #security
    # Her roles, where she is signed in, and what she did lately.
    Then Security alone is told "Roles operations and support"
    # She should have one role, and nothing else.
    When Security types "/pm role set support for @support because back in support" in #security
    # The card says what she would no longer be able to do.
    Then #security shows a card "Set the roles of Léa Marchand: loses operations" with the button "Set the roles"
    # Ingrid is a super admin. She approves.
    When Root clicks "Set the roles" on it
    # It counts at once.
    Then the card shows "confirmed by the platform"
    # Finance asks whether Amara's colleague Nadia could help out there.
    When Security types "/pm role add finance to @nadia for 1d because month end" in #security
    # No: the two roles exclude each other. The bot says why, and nobody has to remember it.
    Then Security alone is told "who moves money does not also watch over the records of it"
    # What is critical can take a code from an app on one's phone, besides the click.
    When Security types "/pm step-up" in #security
    # Amara has none yet; the button sets one up.
    Then Security alone is told "Authenticator app not set up"
    # Priya says that she has lost her phone. Her app would have to be set up anew.
    When Security types "/pm step-up reset @staffer because lost phone" in #security
    # She never had one, so there is nothing to do, and nobody is asked.
    Then Security alone is told "Priya Raghunathan has no authenticator app, so there is nothing to reset."

  @one_minute
  Scenario: A whole customer at once
    A page that only looked like ours has collected passwords of one customer. All of its people are signed out and choose new ones, and nobody types an address.

    Next, type /pm help user suspend where.

    # Hana works for Acme Labs, and is signed in.
    Given "hana.iversen@acme-labs.example" is a member of "Acme Labs"
    # Amara works in security. First, whoever is signed in is signed out.
    When Security types "/pm user revoke where tenant=“Acme Labs” role=member because a page that looked like ours" in #security
    # One card for all of them. Those who are not signed in are left out, and the card counts them.
    Then #security shows a card "users of Acme Labs, with the role member" with the button "Sign out … user…"
    # Her own word is enough.
    When Security clicks "Sign out … user…" on it
    # The platform refuses all of them.
    Then the card shows "confirmed by the platform"
    # Maria looks after customers' accounts. She has them choose new passwords.
    When Maria.Costa types "/pm user reset-password where tenant=“Acme Labs” role=member because a page that looked like ours" in #security
    # The mail that each of them gets stands on the card.
    Then #security shows a card "each of them gets a mail" with the button "Reset the password of … users"
    # She confirms it.
    When Maria.Costa clicks "Reset the password of … users" on it
    # No old password counts any more.
    Then the card shows "confirmed by the platform"
    # One of the mails.
    And a mail to "hana.iversen@acme-labs.example" says "Your old password no longer works."
    # Hana alone now looks after the team: those chosen may also be named by address.
    When Maria.Costa types "/pm user role where hana.iversen@acme-labs.example to admin because looks after the team" in #security
    # No address stands in the channel, however they were chosen.
    Then #security shows a card "Change the role of 1 user" with the button "Change the role of 1 user"
    # She confirms it.
    When Maria.Costa clicks "Change the role of 1 user" on it
    # It is so at the platform.
    Then the card shows "confirmed by the platform"
