@something_is_wrong
Feature: Customers hear of an incident from us

  @half_a_minute
  Scenario: Mail is late, and customers are told
    Customers want three things to be true: that we know, that we say so, and that we tell them when it is over.

    The page of the mailbox, whose address the demo printed, shows the mails with their layout.

    # Mail is late for everybody. Óscar, who is on call, declares an incident.
    When Oncall types "/pm incident P1 mail is late" in #operations
    # One of its clocks says: customers are told within half an hour.
    Then #operations shows a card "Incident … declared: mail is late"
    # He writes to a customer whose mails wait. To everybody would be “to all”.
    When Oncall types "/pm incident notify <incident> delay to Acme Labs saying Since 10:00 your mails leave 20 minutes late. None is lost." in #operations
    # The card has the mail, as it will be sent, and says how many people read it.
    Then #operations shows a card "about incident … PenguinMails is late … None is lost" with the button "Send the mails to 1 tenant"
    # Nobody sends such a mail on their own word. Inês looks after customers: she reads it and sends it.
    When Ines clicks "Send the mails to 1 tenant" on it
    # What became of each mail stands on the card.
    Then the card shows "letter: … done"
    # The incident counts them, and that clock has stopped.
    And the incident's channel shows a card "mail is late … told customers (delay)"
    # Everybody else can read it on the public status page. Its headline is what customers see, not our title.
    When Oncall types "/pm incident publish <incident> identified headline Mails leave late saying The cause is known. None is lost." in #operations
    # The card says what everybody will read.
    Then #operations shows a card "Publish an update … Mails leave late … None is lost" with the button "Publish the update"
    # Inês approves that, too.
    When Ines clicks "Publish the update" on it
    # Look at the status page: the demo links it at the top of #operations.
    Then the incident's channel shows a card "mail is late … published (identified)"
    # The queue has drained.
    When Oncall types "/pm incident resolve <incident> because smtp-01 takes mail again" in #operations
    # Stakeholders are told, as always.
    Then #operations shows a card "resolved: mail is late"
    # Whoever read that mails are late should read that it is over, and may say how well we told them. It is the same list.
    When Oncall types "/pm incident follow-up <incident> asking satisfaction saying All mails that waited have left." in #operations
    # The mail says by itself that the incident is over, and asks one question.
    Then #operations shows a card "more about incident … is over … All mails that waited … how satisfied are you" with the button "Send the mails to 1 tenant"
    # Inês sends that one, too.
    When Ines clicks "Send the mails to 1 tenant" on it
    # Both are on the timeline.
    Then the incident's channel shows a card "mail is late … told customers (question)"
    # What they answer is counted on the card, and not who.
    And the incident's channel shows a card "mail is late … Customers … asked"

  @headless @half_a_minute
  Scenario: An update that was wrong comes off the page
    What everybody can read is approved by a second person, before and after.

    Who has read it has read it; the page no longer says so.

    # Mail bounces for one customer. Óscar declares an incident.
    When Oncall types "/pm incident P3 mail bounces" in #operations
    # It has a number.
    Then #operations shows a card "Incident … declared: mail bounces"
    # He says so in public.
    When Oncall types "/pm incident publish <incident> investigating headline Mails bounce saying Some mails come back." in #operations
    # What everybody will read.
    Then #operations shows a card "Publish an update … Some mails come back" with the button "Publish the update"
    # Tomasz works in operations, and approves it.
    When Tomasz clicks "Publish the update" on it
    # It is there.
    Then the incident's channel shows a card "mail bounces … published (investigating)"
    # It was one customer's own mistake.
    When Oncall types "/pm incident retract <incident> because it was their own DNS" in #operations
    # The update would go.
    Then #operations shows a card "off the public page … Some mails come back" with the button "Take the update off"
    # Tomasz approves that.
    When Tomasz clicks "Take the update off" on it
    # The timeline keeps both.
    Then the incident's channel shows a card "mail bounces … took an update off the public status page"
