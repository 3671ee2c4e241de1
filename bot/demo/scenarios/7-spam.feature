@something_is_wrong
Feature: A tenant that sends spam

  @two_minutes
  Scenario: Spam spike, judged and paused
    A customer's account is in the wrong hands, and writes to strangers. The bot says how it knows, the pause is one click away, and a letter tells those who manage it.

    The judgement compares a tenant with itself; docs/spam.md says how often it is right. Next, type /pm queue email-sending.

    # Nothing holds the mails back yet.
    Given "email-sending" runs without a hold or an alert within 40 seconds
    # Somebody has stolen the password of one of Acme's people.
    And the trouble "spam-spike" begins
    # Within a minute there are many more mails than usual.
    Then in the database "Acme Corp" has sent more than 1000 mails in the last hour within 20 seconds
    # A reader has complained, so Óscar takes a look.
    When Oncall types "/pm spam Acme Corp" in #operations
    # Only he sees the answer: what it looks like, and a button that helps.
    Then Oncall alone is told "Mails of Acme Corp: likely spam" with the button "Pause …"
    # Those who manage Acme may know more: there is a button for that, too.
    And Oncall alone is told "Mails of Acme Corp: likely spam" with the button "Tell the admins of a tenant: Acme Corp"
    # It says why: strangers, and many of them do not exist.
    And it shows "domains it never wrote to before"
    # It shows what the mails say, and to no reader's face.
    And it shows "Your parcel is waiting for you"
    # He pauses the whole tenant.
    When Oncall clicks "Pause …" on it because "stolen account: it writes to strangers"
    # The card says what will wait.
    Then #operations shows a card "Pause Acme Corp in all queues" with the button "Pause Acme Corp in all queues"
    # His role may do this alone. He confirms it.
    When Oncall clicks "Pause Acme Corp in all queues" on it
    # Nothing more goes out, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # The platform's own database says the same.
    And in the database the jobs of "Acme Corp" in "email-sending" wait
    # Those who manage Acme should know. The letter is on the card before it is sent.
    When Oncall types "/pm tenant notice Acme Corp about spam because stolen account" in #operations
    # What customers read takes a second person.
    Then #operations shows a card "Tell the admins of Acme Corp about spam" with the button "Tell the admins of Acme Corp"
    # It says what to do, and has no link on purpose.
    And it shows "Some of the mails that it sends look like spam"
    # Tomasz approves.
    When Tomasz clicks "Tell the admins of Acme Corp" on it
    # A letter for each, and what became of it.
    Then the card shows "mail to the admins: 6 done"
    # Acme has a new password. Óscar asks to let its mails go again.
    When Oncall clicks "Resume Acme Corp in all queues …" on the card "Paused Acme Corp in all queues" because "the password is new"
    # That takes a second person.
    Then #operations shows a card "Resume Acme Corp in all queues" with the button "Resume Acme Corp in all queues"
    # Tomasz works in operations, too. He approves.
    When Tomasz clicks "Resume Acme Corp in all queues" on it
    # The jobs run again, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # The platform's own database says the same.
    And in the database the jobs of "Acme Corp" in "email-sending" flow
