@a_day_at_work
Feature: Tickets, from support to whoever can help

  @two_minutes
  Scenario: Charged twice
    A customer was charged twice. Support opens a ticket for finance, finance finds that the cause lies with engineering, and support hears of each step.

    One closed ticket in twenty goes to a second person, by lot. Next, type /pm help ticket.

    # Acme Corp calls: two invoices for one month. Léa, in support, cannot refund, but finance can.
    When Support types "/pm ticket refund-request charged twice in May for Acme Corp because two invoices of one day" in #operations
    # The card says which team has it, and by when it is due: a refund within 24 hours.
    Then #operations shows a card "opened: charged twice in May … The team finance sees it in its channel"
    # Finance has one card for the whole life of the ticket.
    And #finance shows a card "T-… charged twice in May … refund request · open · due … nobody yet" with the button "Take it"
    # Jürgen takes it. Of two people who click at once, one has it, and the other is told who.
    When Finance clicks "Take it" on it
    # The same card says so.
    Then #finance shows a card "T-… charged twice in May … in progress" with the button "Close it …"
    # Léa did not have to ask.
    And Support is told by direct message "charged twice in May … Jürgen Weiß took it"
    # He writes down what he has found.
    When Finance types "/pm ticket comment T-<ticket> saying both charges are in Stripe, one invoice is missing here" in #finance
    # A line of the history, and Léa reads it.
    Then Support is told by direct message "wrote: both charges are in Stripe"
    # The customer has to send the second receipt. The deadline stays.
    When Finance types "/pm ticket wait T-<ticket> because the customer looks for the receipt" in #finance
    # It waits, and says for what.
    Then #finance shows a card "T-… charged twice in May … waiting"
    # The receipt is there, and an invoice is missing: that is for engineering.
    When Finance types "/pm escalate T-<ticket> P2 to engineering because an invoice is not in our tables" in #finance
    # Its card is where engineering reads, with what is known of the customer.
    Then #operations shows a card "T-… charged twice in May … What is known … Acme Corp" with the button "Take it"
    # Kofi is on it already: Óscar gives it to him.
    When Oncall types "/pm ticket assign T-<ticket> to kofi" in #operations
    # Léa hears of it, as of everything until it is closed.
    Then Support is told by direct message "assigned it to Kofi"
    # Who has what? Kofi sees his own and those of his team, overdue ones first.
    When Kofi types "/pm tickets" in #operations
    # It is the only one.
    Then Kofi alone is told "Tickets: … charged twice in May (Acme Corp)"
    # He handles the event again, and the invoice is there.
    When Kofi types "/pm ticket close T-<ticket> because the event was handled again, one charge is refunded" in #operations
    # The end of it.
    Then Support is told by direct message "closed it: the event was handled again"
    # It is not over: the customer still sees two charges.
    When Support types "/pm ticket reopen T-<ticket> because the refund is not there yet" in #operations
    # Whoever had it has it again.
    Then #operations shows a card "T-… charged twice in May … in progress … reopened once"
    # Can Léa say how well it was handled?
    When Support types "/pm ticket rate T-<ticket> good because they were quick" in #operations
    # No: who is asked is drawn by lot, and never somebody who had a part in it.
    Then Support alone is told "You were not asked about T-"
    # Another ticket, of Óscar's own team. What is it about?
    When Oncall types "/pm ticket T-1" in #operations
    # Why it was opened, by when it is due, and what happened so far.
    Then Oncall alone is told "T-1: Mails to one provider arrive late … History … Léa Marchand opened it"
    # Nobody has it: he takes it.
    When Oncall types "/pm ticket take T-1" in #operations
    # He works on it from now on.
    Then #operations shows a card "Óscar Peñalver has T-1"
