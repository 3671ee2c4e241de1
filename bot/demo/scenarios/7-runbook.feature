@something_is_wrong
Feature: What to do, written down

  @headless @half_a_minute
  Scenario: A runbook that nobody has looked at for months
    An alert says in a sentence what to do, a runbook at length. One that is old says so, and somebody looks whether it is still right.

    That counts for half a year.

    # Óscar wants to know what to do about mail that does not go out.
    When Oncall types "/pm runbook bounce logs" in #operations
    # Words in it are enough. Who confirmed it last stands below.
    Then Oncall alone is told "Mail is not going out … Confirmed … by Kofi Adjei"
    # Which are there?
    When Kofi types "/pm runbooks" in #operations
    # One of them nobody has looked at for months.
    Then Kofi alone is told "Runbooks … backups … A backup is old, last confirmed or written"
    # He reads it, and it is still so.
    When Kofi types "/pm runbook confirm backups" in #operations
    # Everybody can rely on it again.
    Then #operations shows a card "Runbook backups is still right"
