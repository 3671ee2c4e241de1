@something_is_wrong
Feature: Work that is announced, and what it explains

  @half_a_minute
  Scenario: A disk is changed, and nobody is woken
    A mail server gets a new disk. What that breaks for a while is expected, so nobody is told of it, unless it stays broken.

    The summary says what was not told. Next, type /pm maintenance: it is in the list of what is over.

    # Óscar is on call, and somebody is about to change a disk of the mail service.
    When Oncall types "/pm maintenance start SMTP service for 1h because its disk is changed" in #operations
    # The card says what will not be told meanwhile.
    Then #operations shows a card "Begin maintenance of SMTP service … alerts about it, and alerts that this work causes, are not reported" with the button "Begin maintenance of SMTP service"
    # His own word is enough.
    When Oncall clicks "Begin maintenance of SMTP service" on it
    # Everybody reads it: one message that stays true until it is over.
    Then #operations shows a card "Maintenance … SMTP service … under way" with the button "End maintenance …"
    # The disk takes longer than planned.
    When Oncall types "/pm maintenance extend <maintenance> by 30m because the disk does not fit" in #operations
    # The old end and the new one.
    Then #operations shows a card "Change the end of maintenance" with the button "Change its end"
    # He confirms it.
    When Oncall clicks "Change its end" on it
    # The message of the maintenance says the new end, too.
    Then #operations shows a card "Maintenance … SMTP service … under way" with the button "End maintenance …"
    # The new disk is in.
    When Oncall types "/pm maintenance end <maintenance> because the disk is in" in #operations
    # What is still wrong would be told now.
    Then #operations shows a card "End maintenance … alerts are reported again" with the button "End maintenance …"
    # It is over.
    When Oncall clicks "End maintenance …" on it
    # How long it took, and what came of it.
    Then #operations shows a card "is over: SMTP service … It took"
    # What is planned next, and what was done lately?
    When Kofi types "/pm maintenance" in #operations
    # All of it, with who did it and why.
    Then Kofi alone is told "Maintenance … Ended in the last 30 days … SMTP service, ended"

  @headless @half_a_minute
  Scenario: Work at night is announced, and called off
    Everybody concerned is told beforehand, and told again when it does not happen.

    Nothing was done to the platform: an announcement is only that.

    # Kofi is an engineer. The database will be upgraded on a night of next week.
    When Kofi types "/pm maintenance announce OLTP database from friday 23:00 until 23:45 because it is upgraded" in #operations
    # When it begins and ends, by everybody's own clock.
    Then #operations shows a card "Announce maintenance of OLTP database" with the button "Announce maintenance of OLTP database"
    # He confirms it.
    When Kofi clicks "Announce maintenance of OLTP database" on it
    # Everybody can read it.
    Then #operations shows a card "Maintenance … OLTP database … planned" with the button "Cancel it …"
    # The upgrade is not ready.
    When Kofi clicks "Cancel it …" on it
    # A card of its own.
    Then #operations shows a card "Cancel maintenance" with the button "Cancel maintenance …"
    # He confirms that, too.
    When Kofi clicks "Cancel maintenance …" on it
    # Whoever had read of it reads that it does not happen.
    Then #operations shows a card "is cancelled: OLTP database … It was planned for"
