@a_day_at_work
Feature: A day in operations

  @two_minutes
  Scenario: Operations' evening
    Jobs have failed, and a provider wants less mail for an hour. What can be repeated is repeated, what is gone is said to be gone.

    In the end nothing is held back any more. Next, type /pm queues.

    # Two jobs of Acme Labs have failed …
    Given the job "0acce551" of "Acme Labs" has failed in "email-sending:low"
    # … one of them with an attachment that no server takes.
    And the job "0acce552" of "Acme Labs" has failed in "email-sending:low"
    # Something similar has happened in another queue.
    And the job "0acce553" of "Acme Labs" has failed in "email:processing:low"
    # Óscar is on call. Before he goes home he looks at all queues.
    When Oncall types "/pm queues" in #operations
    # The worst stands first.
    Then Oncall alone is told "Red: more than 1,000 jobs wait"
    # One of them interests him.
    When Oncall types "/pm queue email-sending:low" in #operations
    # What waits, for whom, and why jobs fail.
    Then Oncall alone is told "Failures by reason"
    # Which ones are they?
    When Oncall types "/pm jobs failed in email-sending:low" in #operations
    # Each with its attempts. What was in a mail is shown to nobody.
    Then Oncall alone is told "0acce551 · … · Acme Labs · 3 of 3 attempts"
    # And this one?
    When Oncall types "/pm job 0acce551" in #operations
    # The server had closed the connection. It answers again.
    Then Oncall alone is told "failed, 3 of 3 attempts"
    # So he has it tried again. That harms nobody, and is done at once.
    When Oncall types "/pm retry 0acce551 because the mail server is back" in #operations
    # It waits for a worker again, and the platform has said so.
    Then #operations shows a card "Retried job 0acce551 … confirmed by the platform"
    # It need not wait long: it goes before the others.
    When Oncall types "/pm prioritise 0acce551 to high because the customer waits for it" in #operations
    # The card can put it back.
    Then #operations shows a card "job 0acce551 … confirmed by the platform" with the button "Restore their old priority …"
    # The other queue: all failed jobs of it at once.
    When Oncall types "/pm retry failed in email:processing:low because the mail server is back" in #operations
    # It is done.
    Then #operations shows a card "Retried 1 failed job in email:processing:low … confirmed by the platform"
    # The job with the attachment would only fail again. Óscar asks to delete it.
    When Oncall types "/pm delete job 0acce552 because no server takes its attachment" in #operations
    # What cannot be brought back takes a second person.
    Then #operations shows a card "Delete job 0acce552" with the button "Delete job 0acce552"
    # Tomasz works in operations, too.
    When Tomasz clicks "Delete job 0acce552" on it
    # The job is gone for good, and the card says so.
    Then the card shows "This cannot be undone."
    # What has failed in the main queue is days old.
    Given the job "0acce554" of "Acme Labs" has failed in "email-sending"
    # Óscar asks to clear all of it away.
    When Oncall types "/pm clear failed in email-sending because the customers have sent it again" in #operations
    # This, too, takes a second person.
    Then #operations shows a card "Delete … failed jobs in email-sending" with the button "Delete … failed jobs"
    # Tomasz approves.
    When Tomasz clicks "Delete … failed jobs" on it
    # Done. Those that fail from now on are not touched.
    Then the card shows "confirmed by the platform"
    # A provider asks for less mail for an hour.
    When Oncall types "/pm pause email-sending:low for 1h because a provider throttles us" in #operations
    # The card says what will wait.
    Then #operations shows a card "Pause email-sending:low for 1 h" with the button "Pause email-sending:low"
    # Óscar confirms it himself: to hold back is easy.
    When Oncall clicks "Pause email-sending:low" on it
    # The platform has said so.
    Then the card shows "confirmed by the platform"
    # The provider needs longer. Each request has a number.
    When Oncall types "/pm extend <number> by 1h because the provider needs longer" in #operations
    # It ends an hour later.
    Then #operations shows a card "Changed the end time of the temporary change of request … confirmed by the platform"
    # What is temporary now?
    When Oncall types "/pm holds" in #operations
    # The pause, its number, and when it ends by itself.
    Then Oncall alone is told "email-sending:low … Use the request number" with the button "End …"
    # The provider is content. To let go before the time takes a second person.
    When Oncall types "/pm end <number> because the provider is content" in #operations
    # So there is a card.
    Then #operations shows a card "End now: … email-sending:low" with the button "End it now"
    # Tomasz approves.
    When Tomasz clicks "End it now" on it
    # Mails go out again, and nothing is held back.
    Then the card shows "confirmed by the platform"
    # Is anything out of order? No alert is open.
    When Oncall types "/pm alerts" in #operations
    # What was open would stand here, the worst first.
    Then Oncall alone is told "No open alerts" with the button "Show the silences"
    # A silence is for an alert that is open, for a while. This one has come too early.
    When Oncall types "/pm alert silence email-sending until 18:00 because of an import" in #operations
    # So nothing is done.
    Then Oncall alone is told "No alert on “email-sending” is open. Nothing was done."
    # What is silenced? Each has a button that ends it.
    When Oncall types "/pm silences" in #operations
    # One address, because its bad figures are no news: Kofi is warming it up again.
    Then Oncall alone is told "The reputation of IP 198.51.100.64 is low … by Kofi Adjei … it is being warmed up again" with the button "End the silence …"
    # Nor is there one to end early.
    When Oncall types "/pm alert silence end email-sending" in #operations
    # The bot says where they are listed.
    Then Oncall alone is told "No silence for “email-sending” is active. Nothing was done: /pm silences shows the active ones."
    # An import makes more jobs fail for a week. What wakes him should be above that.
    When Oncall types "/pm alert threshold queue-failed medium at 20 clears 10 because of the import this week" in #operations
    # From what to what, and what the rules file says. A second person decides it.
    Then #operations shows a card "Change the threshold of queue-failed, medium: fires above 20 jobs, clears below 10 jobs" with the button "Change the threshold"
    # Tomasz approves.
    When Tomasz clicks "Change the threshold" on it
    # It is in force from the next look on.
    Then the card shows "It has been in force since"
    # Which thresholds replace those in the file?
    When Oncall types "/pm thresholds" in #operations
    # Each with who, why, and what the file says.
    Then Oncall alone is told "queue-failed, medium … fires above 20 jobs"
    # The import is over.
    When Oncall types "/pm alert threshold clear queue-failed medium because the import is over" in #operations
    # The file's values come back.
    Then #operations shows a card "Use the value of the rules file again for the threshold of queue-failed, medium: fires above 10 jobs, clears below 5 jobs" with the button "Clear the threshold"
    # Tomasz approves that, too.
    When Tomasz clicks "Clear the threshold" on it
    # All is as the file says.
    Then the card shows "has been in force again since"
    # How does the month look?
    When Oncall types "/pm slo" in #operations
    # Each objective, with what may still go wrong.
    Then Oncall alone is told "API uptime … of the allowed failures (error budget) left"

  @two_minutes
  Scenario: The digest comes where it is read
    Each digest can be sent to a channel, or to one person, by its own clock. Óscar wants the day's report in the evening, and changes his mind.

    In the end nothing is subscribed to. Next, type /pm digest end-of-day.

    # Óscar hands over to the night every day at six.
    When Oncall types "/pm digest subscribe end-of-day here at 18:00 Europe/Madrid on weekdays" in #operations
    # That harms nobody, and is done at once.
    Then #operations shows a card "The end-of-day digest goes to #operations … on weekdays at 18:00 (Europe/Madrid)" with the button "Undo this subscription …"
    # What is sent where?
    When Oncall types "/pm digest subscriptions" in #operations
    # Those of channels, and his own.
    Then Oncall alone is told "end-of-day … in #operations, on weekdays at 18:00"
    # An hour later is better. One place has one time for each digest.
    When Oncall types "/pm digest subscribe end-of-day here at 7pm" in #operations
    # From what to what.
    Then #operations shows a card "The end-of-day digest goes to #operations … on weekdays at 19:00"
    # What would it say now?
    When Oncall types "/pm digest end-of-day" in #operations
    # The day so far: what needs somebody, then how everything stands.
    Then Oncall is told by direct message "In the next 24 hours"
    # He reads the page all evening anyway, and ends it.
    When Oncall types "/pm digest unsubscribe end-of-day here" in #operations
    # It is not sent any more. A click would bring it back.
    Then #operations shows a card "Stopped the end-of-day digest to #operations" with the button "Send it again …"

  @half_a_minute
  Scenario: Somebody stands in on call
    Who is on call is one question, and who stands in one line. Alerts then mention them, and it ends by itself.

    In the end Óscar is on call again. Next, type /pm oncall tomorrow.

    # Óscar has to leave earlier today. First he looks who is on call.
    When Oncall types "/pm oncall" in #operations
    # It is him.
    Then Oncall alone is told "On call … Óscar Peñalver"
    # Tomasz has offered to stand in for the evening.
    When Oncall types "/pm oncall swap @tomasz for 8h because I am at the dentist's" in #operations
    # It is done at once: it was his own shift. Whoever reads the channel sees it, and he could take it back.
    Then #operations shows a card "Tomasz Wiśniewski takes the on-call shift" with the button "Undo this swap …"
    # Tomasz is mentioned as soon as he is on call, with what he takes over.
    And #operations shows a card "Tomasz Wiśniewski … you are on call … You take over from Óscar Peñalver"
    # Amara would rather have Tomasz at the mail server. She puts Óscar back on call.
    When Security types "/pm oncall assign @oncall for 2h because Tomasz looks at the mail server" in #operations
    # Since it was somebody else's shift, she is asked once more.
    Then #operations shows a card "Assign the on-call shift to Óscar Peñalver" with the button "Assign the shift"
    # She means it.
    When Security clicks "Assign the shift" on it
    # From now on alerts mention Óscar.
    Then the card shows "has the on-call shift until"
