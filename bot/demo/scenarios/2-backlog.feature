Feature: A queue that backs up

  @two_minutes
  Scenario: Queue backlog, paused, resolved
    One tenant floods a queue. An alert says whose jobs they are and offers the pause that helps.

    An alert whose jobs are only held back is contained by a pause, not resolved. The pause would also have ended by itself. Next, look into the alert's thread: what happened, line by line.

    Given "email-sending" runs without a hold or an alert within 40 seconds
    And the trouble "queue-backlog" begins
    Then #operations shows a card "Queue email-sending is backing up" with the button "Acknowledge" within 120 seconds
    And the card shows "belong to tenant Acme Corp"
    When Oncall clicks "Acknowledge" on it
    Then the card shows "acknowledged by"
    When Oncall clicks "Pause Acme Corp in email-sending …" on it
    Then #operations shows a card "Pause Acme Corp in email-sending for …" with the button "Pause Acme Corp in email-sending"
    When Oncall clicks "Pause Acme Corp in email-sending" on it
    Then the card shows "confirmed by the platform"
    And the card shows "Ends automatically"
    And in the database the jobs of "Acme Corp" in "email-sending" wait
    And #operations shows a card "Queue email-sending is held back by a pause … contained by a pause, not resolved" within 90 seconds
    And the card shows "They start together when the pause ends"
    When Oncall clicks "Resume Acme Corp in email-sending …" on the card "Paused Acme Corp in email-sending" because "the flood is over"
    Then #operations shows a card "Resume Acme Corp in email-sending" with the button "Resume Acme Corp in email-sending"
    When Tomasz clicks "Resume Acme Corp in email-sending" on it
    Then the card shows "confirmed by the platform"
    And in the database the jobs of "Acme Corp" in "email-sending" flow
    And in the database fewer than 500 jobs wait in "email-sending" within 30 seconds
    And #operations shows a card "Queue email-sending was backing up … resolved at … Peaked at" within 90 seconds
