@asking_and_deciding
Feature: Small things that go wrong, and are put right

  @headless @one_minute
  Scenario: Typed in a hurry
    Whoever is in a hurry types what comes to mind. Each time the answer is one click away from what was meant, and nothing is done before.

    # Priya is signed in to the platform four times. Her name in Slack is @staffer.
    Given Staffer is signed in 4 times
    # Óscar forgets a letter of the command.
    When Oncall types "/pm revok @staffer because laptop stolen" in #operations
    # The bot names the command it knows. The button says that it makes the request at once.
    Then Oncall alone is told "I do not know “revok”. Did you mean revoke?" with the button "Request: sign out @staffer"
    # The same without a reason.
    When Oncall types "/pm revok @staffer" in #operations
    # A form has to ask for the reason, so the button ends with three dots.
    Then Oncall alone is told "I do not know “revok”. Did you mean revoke?" with the button "Sign out @staffer …"
    # He presses it.
    When Oncall clicks "Sign out @staffer …" on it
    # The form asks for the rest.
    Then Oncall sees the form "Sign somebody out"
    # He names two people at once.
    When Oncall types "/pm revoke @staffer @kofi because laptops stolen" in #operations
    # Each needs a request of their own.
    Then Oncall alone is told "One person at a time" with the button "Request: sign out @kofi"
    # He says twice for how long.
    When Oncall types "/pm pause email-sending for 2h for 3h because bounces" in #operations
    # Which of the two, only he can know.
    Then Oncall alone is told "“for” is there more than once: 2h and 3h. Say it once."
    # “Block” can mean a person or a queue.
    When Oncall types "/pm please block acme because spam" in #operations
    # Both are offered.
    Then Oncall alone is told "“block” can mean pause or suspend. Which one?" with the button "Request: pause acme"
    # He leaves everything out but the command.
    When Oncall types "/pm pause" in #operations
    # A form asks what to pause, and why.
    Then Oncall sees the form "Pause a queue or tenant"
    # So far nothing has happened.
    And nothing was done
    # He says it as one says it to a person, with a comma and without “because”.
    When Oncall types "/pm please sign out @staffer, laptop stolen" in #operations
    # That is understood.
    Then #operations shows a card "Sign out Priya Raghunathan everywhere" with the button "Sign out Priya Raghunathan"
    # The comma is gone, and his reason is there.
    And the card shows "Reason laptop stolen"
    # He asks for the same once more.
    When Oncall types "/pm kick @staffer because laptop stolen" in #operations
    # There is no second card: he is shown the first.
    Then Oncall alone is told "You have asked for this already, with request"
    # The laptop was in another bag. He does not remember the number of his request.
    When Oncall types "/pm cancel" in #operations
    # His open requests are offered.
    Then Oncall alone is told "Say which of your requests, by its number" with the button "Withdraw request …"
    # There is one.
    When Oncall clicks "Withdraw request …" on it
    # It is withdrawn.
    Then Oncall alone is told "Nothing was done. Withdrawn: Sign out Priya Raghunathan everywhere."
    # And nothing was done.
    And nothing was done

  @headless @one_minute
  Scenario: One's own phone
    Whoever has lost a device may end their own sessions, whatever their role. What they have asked for no longer counts: it may have been the thief.

    # Léa works in support. She is signed in twice: on her laptop and on her phone.
    Given Support is signed in 2 times
    # Óscar is on call, and signed in twice, too.
    And Oncall is signed in 2 times
    # Priya as well.
    And Staffer is signed in 2 times
    # Léa's role does not let her sign others out.
    When Support types "/pm revoke @staffer because she asked me to" in #operations
    # She is told so; security can be asked, and her own sessions are hers.
    Then Support alone is told "You can't use /pm revoke (your roles: support)" with the button "Sign yourself out everywhere …"
    # Her phone is gone.
    When Support types "/pm revoke me because phone stolen" in #operations
    # It waits for one click of her own.
    Then #operations shows a card "Sign out Léa Marchand everywhere" with the button "Sign out Léa Marchand"
    # She confirms it.
    When Support clicks "Sign out Léa Marchand" on it
    # It is done, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # This scenario asked the platform, too.
    And the platform refuses Support's tokens
    # Óscar has asked for something.
    When Oncall types "/pm suspend @staffer because odd sign-ins" in #operations
    # It waits for a decision.
    Then #operations shows a card "Suspend Priya Raghunathan" with the button "Suspend Priya Raghunathan"
    # Now his phone is gone.
    When Oncall types "/pm revoke me because phone stolen" in #operations
    # Before he confirms it, he is told what becomes void with it.
    Then #operations shows a card "Sign out Óscar Peñalver everywhere" with the button "Sign out Óscar Peñalver"
    # The request that is open.
    And the card shows "their 1 open request no longer counts"
    # He confirms it.
    When Oncall clicks "Sign out Óscar Peñalver" on it
    # His sessions are ended.
    Then the card shows "confirmed by the platform"
    # What he asked for is closed, without having been done.
    And #operations shows a card "Suspend Priya Raghunathan … nothing was done"
    # Priya is still signed in.
    And in the database Staffer has 2 sessions in force

  @headless @one_minute
  Scenario: What is going on
    One answer says what is open and paused; one lists the requests, with the way to each card; App Home shows the same. Who may not know it is told so.

    # Priya is signed in to the platform four times.
    Given Staffer is signed in 4 times
    # Óscar asks for something.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # It waits.
    Then #operations shows a card "Sign out Priya Raghunathan everywhere" with the button "Details"
    # Details are about a colleague. Maria works in quality assurance and has nothing to do with it.
    When maria.lindgren clicks "Details" on it
    # She is told that she can't see them.
    Then maria.lindgren alone is told "You can't see these details (your roles: qa)"
    # Amara may.
    When Security clicks "Details" on the card "Sign out Priya Raghunathan everywhere"
    # She sees more than the card says, and it is noted that she looked.
    Then Security alone is told "Only you see this. The audit trail records that you looked at it."
    # How is everything?
    When Oncall types "/pm status" in #operations
    # One request waits.
    Then Oncall alone is told "1 waiting for a decision"
    # Which one?
    When Oncall types "/pm requests" in #operations
    # It is listed, and its number leads to the card.
    Then Oncall alone is told "Open … Sign out Priya Raghunathan everywhere, asked by Óscar Peñalver, waiting for security"
    # App Home shows it, too: to whoever can decide it …
    And Security's App Home shows "Waiting for you Request … Sign out Priya Raghunathan everywhere, asked by Óscar Peñalver"
    # … and to whoever asked.
    And Oncall's App Home shows "Your requests Request … Sign out Priya Raghunathan everywhere"
    # The buttons there say what they are for.
    And Oncall's App Home has the button "Pause a queue or tenant …"
    # Óscar withdraws his request. The form says so, since the button says Reject to everybody.
    When Oncall clicks "Reject …" on the card "Sign out Priya Raghunathan everywhere" because "no longer needed"
    # It has ended.
    Then the card shows "withdrawn, nothing was done"
    # It stays in the list for a day.
    When Oncall types "/pm requests" in #operations
    # With what became of it.
    Then Oncall alone is told "Ended in the last 24 hours … Sign out Priya Raghunathan everywhere, asked by Óscar Peñalver, withdrawn"

  @headless @one_minute
  Scenario: Two pauses
    Whoever ends one pause is told that another still keeps jobs back. A paused queue is no emergency in the digest.

    # Nothing holds the queue back.
    Given "email-sending:low" runs without a hold or an alert
    # Óscar pauses one customer's jobs in it.
    When Oncall types "/pm pause acme in email-sending:low for 2h because spam" in #operations
    # Two customers are called that. Both are offered, with what tells them apart.
    Then Oncall alone is told "2 tenants match “acme”. Which one?" with the button "Request: pause Acme Corp …"
    # He means the first.
    When Oncall clicks "Request: pause Acme Corp …" on it
    # He may do that alone.
    Then #operations shows a card "Pause Acme Corp in email-sending:low for 2 h" with the button "Pause Acme Corp in email-sending:low"
    # He confirms it.
    When Oncall clicks "Pause Acme Corp in email-sending:low" on it
    # It is paused.
    Then the card shows "confirmed by the platform"
    # Then the whole queue.
    When Oncall types "/pm pause email-sending:low because bounces rise" in #operations
    # Again a card.
    Then #operations shows a card "Pause email-sending:low" with the button "Pause email-sending:low"
    # He confirms it.
    When Oncall clicks "Pause email-sending:low" on it
    # Both pauses are in force.
    Then the card shows "confirmed by the platform"
    # App Home shows them.
    And Oncall's App Home shows "Temporary changes … Pause email-sending:low … by Óscar Peñalver"
    # What does the digest say of that?
    When Oncall types "/pm digest morning" in #operations
    # The queue is paused, which is on purpose.
    Then Oncall is told by direct message "held back by a pause, the other … Temporary changes … email-sending:low paused, by Óscar Peñalver"
    # The bounces are over.
    When Oncall types "/pm resume email-sending:low because bounces are over" in #operations
    # The card says that one customer's jobs will go on waiting.
    Then #operations shows a card "Resume email-sending:low" with the button "Resume email-sending:low"
    # By which request, and until when.
    And the card shows "Still paused request … by Óscar Peñalver holds back Acme Corp in email-sending:low until"
    # Resuming takes a second person.
    When Tomasz clicks "Resume email-sending:low" on it
    # The finished card says the same.
    Then the card shows "Still paused: request … holds back Acme Corp in email-sending:low until"
    # And so does what the channel is told.
    And #operations shows a card "email-sending:low runs again … Still paused: request … by Óscar Peñalver holds back Acme Corp in email-sending:low until"
    # The customer's jobs wait …
    And in the database the jobs of "Acme Corp" in "email-sending:low" wait
    # … until their pause is ended as well.
    When Oncall clicks "Resume Acme Corp in email-sending:low …" on the card "Paused Acme Corp in email-sending:low" because "spam is over"
    # A second person again.
    Then #operations shows a card "Resume Acme Corp in email-sending:low" with the button "Resume Acme Corp in email-sending:low"
    # Tomasz approves.
    When Tomasz clicks "Resume Acme Corp in email-sending:low" on it
    # Now everything runs.
    Then the card shows "confirmed by the platform"
    # No job waits for the end of a pause.
    And in the database the jobs of "Acme Corp" in "email-sending:low" flow

  @headless @half_a_minute
  Scenario: Somebody was quicker
    A request stays open while somebody else does what it asks for. Its card says so by itself: whoever decides sees that nothing is left.

    # Priya is signed in twice.
    Given Staffer is signed in 2 times
    # Óscar asks for her sessions to be ended.
    When Oncall types "/pm revoke @staffer because odd sign-ins" in #operations
    # His card waits for somebody who may decide.
    Then #operations shows a card "Sign out Priya Raghunathan everywhere" with the button "Sign out Priya Raghunathan"
    # Priya has noticed, too, and ends them herself.
    When Staffer types "/pm revoke me because phone stolen" in #operations
    # One click of her own is enough.
    Then #operations shows a card "phone stolen" with the button "Sign out Priya Raghunathan"
    # She confirms it.
    When Staffer clicks "Sign out Priya Raghunathan" on it
    # It is done, and the platform has said so.
    Then the card shows "confirmed by the platform"
    # Óscar's card still waits, and says by itself that no session is left.
    And #operations shows a card "waiting for … no active session"
    # So he withdraws it.
    When Oncall clicks "Reject …" on the card "waiting for … no active session" because "no longer needed"
    # Nobody has to look at it any more.
    Then the card shows "withdrawn, nothing was done"
