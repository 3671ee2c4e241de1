@something_is_wrong
Feature: An incident, and everybody knows who leads it

  @half_a_minute
  Scenario: Mail is not going out
    Something is badly out of order. One line gives it a channel of its own, with one card that says who looks after what and what is due.

    The review of it, with its whole timeline, is written from what was noted on the way.

    # Óscar is on call. Mail is not going out, for anybody: he declares an incident of the worst kind.
    When Oncall types "/pm incident P1 mail is not going out" in #operations
    # Everybody in the channel reads that there is one.
    Then #operations shows a card "Incident … declared: mail is not going out" with the button "Declared by mistake …"
    # It has a channel of its own by now. Its card is pinned there, and says that nobody leads yet.
    And the incident's channel shows a card "mail is not going out … Commander … nobody yet" with the button "Take command"
    # It was like this before: six weeks ago a disk was full.
    And the card shows "Similar … Mail is not going out … the disk of smtp-01 was full"
    # Tomasz works in operations. He takes command, with one click.
    When Tomasz clicks "Take command" on it
    # Now everybody sees that he leads.
    Then the card shows "Commander … Tomasz"
    # Kofi is an engineer, and looks after the technical side.
    When Kofi types "/pm incident lead <incident> technical" in #operations
    # The same card says so.
    Then the card shows "Technical lead … Kofi"
    # Those who are not in that channel want to know as well. Tomasz tells them, and when they hear more.
    When Tomasz types "/pm incident update <incident> next 30m saying smtp-01 takes no mail, we look at its disk" in #operations
    # They read it where they are.
    Then #operations shows a card "update: mail is not going out … smtp-01 takes no mail"
    # The incident's card keeps the timeline by itself.
    And the incident's channel shows a card "Latest … Tomasz Wiśniewski told stakeholders"
    # Kofi has emptied the disk. Tomasz says that it is over, and what ended it.
    When Tomasz clicks "Resolve …" on the card "mail is not going out … Latest" because "old bounce logs were deleted, the queue has drained"
    # Stakeholders are told, and nothing is due any more but the review.
    Then #operations shows a card "resolved: mail is not going out … old bounce logs were deleted"
    # Kofi writes down what he found.
    When Kofi types "/pm incident findings <incident> impact 3,900 mails were late causes the disk was full well the alert came first" in #operations
    # It stands on the timeline that he did.
    Then the incident's channel shows a card "mail is not going out … Kofi Adjei wrote down the impact, the causes and what went well"
    # It should not happen again. Kofi gets a task, and is reminded of it until it is done.
    When Tomasz types "/pm incident task <incident> to @kofi by 14d saying update the runbook for full disks" in #operations
    # It has a number.
    Then the card shows "noted task … for Kofi Adjei: update the runbook for full disks"
    # He has done it already.
    When Kofi types "/pm incident done <task>" in #operations
    # So nobody is reminded of it.
    Then the card shows "Kofi Adjei says that task … is done"
    # Everything of it in one document, for those who were not there.
    When Tomasz types "/pm incident review <incident>" in #operations
    # It is a file in the incident's channel.
    Then the incident's channel shows a card "The review of incident … as it is now"
    # The timeline stays, for whoever wants to know.
    When Oncall types "/pm incidents" in #operations
    # It is the newest of those that have ended.
    Then Oncall alone is told "Incidents … P1 · mail is not going out, resolved"

  @headless @half_a_minute
  Scenario: Two names for one problem
    Two people declare what is one problem. The two become one, and are taken apart again when they were two after all.

    Nothing is lost by that: each keeps its own channel and its own timeline.

    # Kofi sees that campaigns are late.
    When Kofi types "/pm incident P3 campaigns are late" in #operations
    # He gets a channel for it.
    Then the incident's channel shows a card "campaigns are late … Commander … nobody yet" with the button "Take command"
    # He leads, until somebody of operations is there.
    When Kofi types "/pm incident lead <incident> commander" in #operations
    # Its card says so.
    Then the card shows "Commander … Kofi"
    # It hits more customers than he thought.
    When Tomasz types "/pm incident severity <incident> P2 because a hundred tenants" in #operations
    # It is a P2 from now on.
    Then the card shows "P2"
    # He has to go, and gives the role back.
    When Kofi types "/pm incident leave <incident> commander" in #operations
    # Nobody leads now.
    Then the card shows "Commander … nobody yet"
    # Tomasz knows the reason: mail does not go out at all. He declares that.
    When Tomasz types "/pm incident P1 mail is not going out" in #operations
    # So there are two.
    Then #operations shows a card "Incident … declared: mail is not going out"
    # They are the same problem. The first one becomes part of the second one.
    When Tomasz types "/pm incident merge <incident before> into <incident> because it is one problem" in #operations
    # Whoever looks into the second one sees it on its timeline.
    Then the incident's channel shows a card "mail is not going out … merged incident … (campaigns are late) into this one"
    # Does the alert on the mail queue belong to it, too? There is none.
    When Tomasz types "/pm incident attach <incident> email-sending" in #operations
    # He is told so, privately.
    Then Tomasz alone is told "No alert on “email-sending” is open. Nothing was done."
    # Nor is there one to take out.
    When Tomasz types "/pm incident detach 1 email-sending" in #operations
    # The same answer.
    Then Tomasz alone is told "No alert on “email-sending” is open. Nothing was done."
    # Whoever looks at the card sees that it is still open.
    And the incident's channel shows a card "mail is not going out … open"
    # It turns out that they were two.
    When Tomasz types "/pm incident reopen <incident before> because the campaigns had another reason" in #operations
    # Stakeholders read that it is open again.
    Then #operations shows a card "Incident … reopened: campaigns are late … the campaigns had another reason"
    # All that is known of it is there as before.
    When Oncall types "/pm incident show <incident>" in #operations
    # Who did what, in order.
    Then Oncall alone is told "Incident … campaigns are late … Timeline … Kofi Adjei declared the incident as P3 … reopened it"
    # That one is over soon.
    When Kofi types "/pm incident resolve <incident> because a template was broken" in #operations
    # Stakeholders read that, too.
    Then #operations shows a card "Incident … resolved: campaigns are late"
    # The other one is still open.
    And the incident's channel shows a card "mail is not going out … open"
    # It was no incident at all: it was a test of the alarm.
    When Tomasz types "/pm incident withdraw <incident> because it was a test of the alarm" in #operations
    # It stays on record as a mistake.
    Then the incident's channel shows a card "mail is not going out … withdrawn"
