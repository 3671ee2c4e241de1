@many_at_once
Feature: Many customers at once

  @two_minutes
  Scenario: Everybody on trial
    A wave of sign-ups, and much of what they send is spam. What is done to one customer or job can be done to many, with one card for all of them.

    Most of it ends by itself, the rest is put back. Next, type /pm help tenant pause where.

    # Two jobs of Acme Labs have failed.
    Given the job "0acce555" of "Acme Labs" has failed in "email:processing:low"
    # The other one in another queue.
    And the job "0acce556" of "Acme Labs" has failed in "email-sending:low"
    # Óscar is on call. Nothing of those on trial is sent for an hour.
    When Oncall types "/pm tenant pause where status=trial for 1h because a wave of sign-ups sends spam" in #operations
    # The card says how many they are, and names a few.
    Then #operations shows a card "Pause … tenants … tenants with status=trial" with the button "Pause … tenants"
    # His own word is enough.
    When Oncall clicks "Pause … tenants" on it
    # The jobs of all of them wait.
    Then the card shows "confirmed by the platform"
    # One customer's campaigns, all that are under way.
    When Oncall types "/pm campaign pause where tenant=“Acme Corp” status=sending for 1h because an old list" in #operations
    # Two of them.
    Then #operations shows a card "campaigns of Acme Corp, with status sending" with the button "Pause … campaigns"
    # He confirms it.
    When Oncall clicks "Pause … campaigns" on it
    # They send nothing.
    Then the card shows "They send nothing."
    # Their mailboxes as well.
    When Oncall types "/pm mailbox pause where tenant=“Acme Corp” status=active for 1h because an old list" in #operations
    # No address stands in the channel.
    Then #operations shows a card "•••@acme-corp.example" with the button "Pause … mailboxes"
    # He confirms it.
    When Oncall clicks "Pause … mailboxes" on it
    # They send nothing.
    Then the card shows "confirmed by the platform"
    # Amara works in security. Who is on trial signs in with two factors for a week.
    When Security types "/pm tenant policy where status=trial two-factor on for 7d because strangers sign up" in #security
    # Those who do so already are left out, and counted.
    Then #security shows a card "Left out … already set like this" with the button "Set the rules of … tenants"
    # Stricter is easy.
    When Security clicks "Set the rules of … tenants" on it
    # It is so for all of them.
    Then the card shows "confirmed by the platform"
    # The same card puts back what each of them had.
    When Security clicks "Undo this change …" on it because "the wave is over"
    # That makes the rules weaker, so there is a card for somebody else.
    Then #security shows a card "End the temporary rules of … tenants" with the button "End the temporary rules of … tenants"
    # Nadia works in security, too.
    When Nadia clicks "End the temporary rules of … tenants" on it
    # Each has the rule of before.
    Then the card shows "confirmed by the platform"
    # The owners of those on trial hear of security alerts from now on.
    When Security types "/pm tenant settings where status=trial security-alerts on because strangers sign up" in #security
    # Most do already; the card counts them.
    Then #security shows a card "Left out … After security-alerts on" with the button "Set a setting of … tenant…"
    # She turns it down herself: it was only a question.
    When Security clicks "Withdraw request" on it
    # Nothing was done.
    Then the card shows "withdrawn, nothing was done"
    # Kofi is an engineer. He gives a new feature to all who are on trial.
    When Kofi types "/pm flags on bulk-import-v2 where status=trial for 2d because they may try it" in #operations
    # So many at once take another engineer or an administrator.
    Then #operations shows a card "Turn on a flag for … tenants" with the button "Turn on a flag for … tenants"
    # Hana is an engineer, too.
    When Hana clicks "Turn on a flag for … tenants" on it
    # They have it for two days.
    Then the card shows "confirmed by the platform" within 60 seconds
    # It does harm. To take it away is easy, also for many.
    When Kofi types "/pm flags off bulk-import-v2 where status=trial because it loses rows" in #operations
    # The card says what comes then.
    Then #operations shows a card "Turn off a flag for … tenants" with the button "Turn off a flag for … tenants"
    # He confirms it.
    When Kofi clicks "Turn off a flag for … tenants" on it
    # Nobody on trial has it.
    Then the card shows "confirmed by the platform" within 60 seconds
    # Jürgen works in finance. At a fair he has promised places for 200 people.
    When Finance types "/pm limit where status=trial max_users to 200 because promised at the fair" in #finance
    # For so many, somebody else decides, however short.
    Then #finance shows a card "users: at most 200" with the button "Set the limit of … tenants"
    # Ingrid is a super admin. She has not heard of it, and turns it down.
    When Root clicks "Reject …" on it because "not agreed with us"
    # Nothing was done, and the card says so.
    Then the card shows "rejected by"
    # Jobs, too, are chosen by what they have in common.
    When Oncall types "/pm retry where queue=email:processing:low because the mail server is back" in #operations
    # That harms nobody, and is done at once.
    Then #operations shows a card "Retried 1 job … confirmed by the platform"
    # They go before the others.
    When Oncall types "/pm prioritise where queue=email:processing:low tenant=“Acme Labs” to high because they have waited" in #operations
    # The card can put them back.
    Then #operations shows a card "Prioritised … confirmed by the platform" with the button "Restore their old priority …"
    # What no server takes is deleted.
    When Oncall types "/pm delete jobs where queue=email-sending:low status=failed because no server takes them" in #operations
    # For good, so a second person decides.
    Then #operations shows a card "Delete 1 job" with the button "Delete 1 job"
    # Tomasz works in operations, too.
    When Tomasz clicks "Delete 1 job" on it
    # It is gone.
    Then the card shows "The jobs and their logs are gone."
    # Those who manage the customers on trial should know.
    When Oncall types "/pm tenant notice where status=trial about spam because much of it is spam" in #operations
    # The mail stands on the card, as one of them would read it.
    Then #operations shows a card "Tell the admins of … tenants" with the button "Tell the admins of … tenants"
    # What customers read takes a second person. Tomasz finds it too much for now.
    When Tomasz clicks "Reject …" on it because "only to those who sent some"
    # No mail has left.
    Then the card shows "rejected"
    # One of those on trial stays. Priya, an administrator, invites two of its people with one card.
    When Staffer types "/pm users invite jo@crescent-gardens.example, ann@crescent-gardens.example to Crescent Gardens because they stay" in #operations
    # One mail, which each of them gets.
    Then #operations shows a card "Invite 2 people" with the button "Invite 2 people"
    # Their contract is not signed yet, so she withdraws it.
    When Staffer clicks "Withdraw request" on it
    # Nobody was written to.
    Then the card shows "withdrawn, nothing was done"
    # The wave is over. Two colleagues who helped in operations go back to their own work.
    When Security types "/pm roles remove operations from @oncall, @tomasz because back to their own work" in #security
    # Each step stands on the card.
    Then #security shows a card "Remove operations from 2 people" with the button "Reject …"
    # Nadia sees that Óscar is still on call, and rejects it.
    When Nadia clicks "Reject …" on it because "he is on call until Sunday"
    # They keep their role.
    Then the card shows "rejected"
