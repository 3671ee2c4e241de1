@a_day_at_work
Feature: A day in finance

  @two_minutes
  Scenario: Finance's day
    A customer had an outage and is growing besides. Finance give something for a month, and it ends by itself.

    Stripe is told nothing of it, and each card says so. Next, type /pm help comp.

    # Jürgen works in finance. How does Acme Labs pay?
    When Finance types "/pm billing Acme Labs" in #finance
    # He sees the amounts, which support does not.
    Then Finance alone is told "29.00 a month"
    # They had an outage. For a month they pay nothing.
    When Finance types "/pm comp Acme Labs for 30d because the outage of last week" in #finance
    # What Stripe does is said on the card.
    Then #finance shows a card "Make the plan of Acme Labs free of charge for 30 d" with the button "Make the plan of Acme Labs free"
    # Up to a month his own word is enough.
    When Finance clicks "Make the plan of Acme Labs free" on it
    # It holds, and ends by itself.
    Then the card shows "confirmed by the platform"
    # They have more people than their plan has places.
    When Finance types "/pm limit Acme Labs max_users to 10 for 30d because they grow, the contract follows" in #finance
    # The card says how many they are.
    Then #finance shows a card "Set the limit of Acme Labs: at most 10 users for 30 d" with the button "Set the limit of Acme Labs"
    # He confirms it.
    When Finance clicks "Set the limit of Acme Labs" on it
    # It holds.
    Then the card shows "confirmed by the platform"
    # Or better the next plan, to try it.
    When Finance types "/pm plan override Acme Labs to growth for 14d because they try the next plan" in #finance
    # Each limit of before and after. The price stays.
    Then #finance shows a card "Emails a month 10,000 → 100,000" with the button "Override the plan of Acme Labs"
    # He confirms it.
    When Finance clicks "Override the plan of Acme Labs" on it
    # It holds.
    Then the card shows "confirmed by the platform"
    # Another customer is on trial and needs longer.
    When Finance types "/pm trial extend Harbor Labs by 7d because their head is on holiday" in #finance
    # The card says until when.
    Then #finance shows a card "Extend the trial of Harbor Labs" with the button "Extend the trial of Harbor Labs"
    # He confirms it.
    When Finance clicks "Extend the trial of Harbor Labs" on it
    # It holds.
    Then the card shows "confirmed by the platform"
    # Their head is back already. The same card takes it back.
    When Finance clicks "Undo this change …" on it because "back already"
    # With a card of its own.
    Then #finance shows a card "Restore what was agreed before with Harbor Labs" with the button "Restore the earlier agreement"
    # He confirms it.
    When Finance clicks "Restore the earlier agreement" on it
    # The trial ends when Stripe says.
    Then the card shows "confirmed by the platform"
    # Which invoices were there, and why did one fail?
    When Finance types "/pm invoices Acme Labs" in #finance
    # Each with what became of it, and a link into Stripe.
    Then Finance alone is told "Invoices of Acme Labs"
    # The customer says that they paid. What does Stripe say? In the demo there is no Stripe to ask, and the answer says so.
    When Finance types "/pm reconcile Acme Labs" in #finance
    # With Stripe's key: each field that differs, and a button that copies what Stripe has.
    Then Finance alone is told "Not compared with Stripe: Acme Labs"
    # Without Stripe nothing can be copied, and no card promises it.
    When Finance types "/pm force sync Acme Labs because the customer shows a paid invoice" in #finance
    # The setting is named.
    Then Finance alone is told "STRIPE_API_KEY is not set"
    # An event of Stripe's failed in the night, says a message in #finance. Once more?
    When Finance types "/pm stripe retry evt_demo000001" in #finance
    # Somebody was faster: it is copied by now.
    Then Finance alone is told "is copied. Nothing was done."
    # What is temporary now?
    When Root types "/pm holds" in #finance
    # All that Acme Labs was given, by whom, and when it ends.
    Then Root alone is told "Acme Labs: free of charge"
