@something_is_wrong
Feature: A setting that does harm

  @headless @two_minutes
  Scenario: A setting that rolls itself back
    A setting is tried, watched and rolled back automatically when an alert fires.

    Without an alert it would have stayed when the watch was over.

    # No alert is open, so a new one can warn.
    Given "email-sending" runs without a hold or an alert within 40 seconds
    # Priya is an administrator. She notes what the setting should become. It has no effect yet.
    When Staffer types "/pm setting stage sending.warmup_step to 8 because new mailboxes wait too long" in #operations
    # That harms nobody, so it is done at once.
    Then #operations shows a card "Staged sending.warmup_step: 8 staged"
    # Can it be put in force now?
    When Staffer types "/pm setting check" in #operations
    # Only she sees the answer.
    Then Staffer alone is told "ready: every check passed"
    # She asks to put it in force, and to have it watched for thirty minutes.
    When Staffer types "/pm setting promote sending.warmup_step because new mailboxes wait too long" in #operations
    # The card says what would take it back.
    Then #operations shows a card "Promote the staged value of sending.warmup_step: 8" with the button "Promote sending.warmup_step"
    # And for how long that is watched.
    And the card shows "if an alert fires within 30 min, the old value comes back"
    # Somebody else has to agree. Amara is in security.
    When Security clicks "Promote sending.warmup_step" on it
    # It is in force, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # It is watched from now on.
    And the card shows "Watched until"
    # Now mails begin to pile up. It takes about a minute until that shows.
    Given the trouble "queue-backlog" begins
    # The alert fires …
    Then #operations shows a card "Queue email-sending is backing up" within 120 seconds
    # … and the bot takes the setting back, without anybody having to notice.
    And #operations shows a card "sending.warmup_step was rolled back" within 60 seconds
