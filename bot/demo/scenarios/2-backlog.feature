@something_is_wrong
Feature: A queue that backs up

  @two_minutes
  Scenario: Queue backlog, paused, resolved
    One tenant floods a queue. An alert says whose jobs they are and offers the pause that helps.

    An alert whose jobs are only held back by a pause is not resolved. The pause would also have ended automatically. Next, look into the alert's thread: what happened, line by line.

    # Every day thousands of mails wait here to be sent. Nothing holds them back, and no alert is open.
    Given "email-sending" runs without a hold or an alert within 40 seconds
    # One customer begins to send far too much. It takes about a minute until that shows.
    And the trouble "queue-backlog" begins
    # The bot noticed by itself, and posted an alert. It stays one message until it is over.
    Then #operations shows a card "Queue email-sending is backing up" with the button "Acknowledge" within 120 seconds
    # It also says whose jobs they are.
    And the card shows "belong to tenant Acme Corp"
    # Óscar is on call. He says that he is looking after it.
    When Oncall clicks "Acknowledge" on it
    # Now nobody else is called.
    Then the card shows "acknowledged by"
    # The alert offers what would help: to let only this customer's jobs wait.
    When Oncall clicks "Request: pause Acme Corp in email-sending" on it
    # A card says what that would do, and for how long.
    Then #operations shows a card "Pause Acme Corp in email-sending for …" with the button "Pause Acme Corp in email-sending"
    # Óscar's role may do this alone. He confirms it.
    When Oncall clicks "Pause Acme Corp in email-sending" on it
    # The jobs wait, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # The pause ends automatically, so that nobody has to remember it.
    And the card shows "Ends automatically"
    # The platform's own database says the same.
    And in the database the jobs of "Acme Corp" in "email-sending" wait
    # The alert is not resolved: the jobs are still there, only held back.
    And #operations shows a card "Queue email-sending is held back by a pause … not resolved: a pause holds its jobs back" within 90 seconds
    # It also says what will happen when the pause ends.
    And the card shows "When the pause ends, they start"
    # The flood is over, so Óscar asks to end the pause before its time.
    When Oncall clicks "Resume Acme Corp in email-sending …" on the card "Paused Acme Corp in email-sending" because "the flood is over"
    # To let everything loose again takes a second person, so there is a new card.
    Then #operations shows a card "Resume Acme Corp in email-sending" with the button "Resume Acme Corp in email-sending"
    # Tomasz works in operations, too. He approves.
    When Tomasz clicks "Resume Acme Corp in email-sending" on it
    # The jobs run again, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # The platform's own database says the same.
    And in the database the jobs of "Acme Corp" in "email-sending" flow
    # Soon the queue is as short as it was.
    And in the database fewer than 500 jobs wait in "email-sending" within 30 seconds
    # The alert is over. The same message says how bad it was and how long it lasted.
    And #operations shows a card "Queue email-sending was backing up … resolved at … Peaked at" within 90 seconds
