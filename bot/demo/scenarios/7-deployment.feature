@something_is_wrong
Feature: A deployment that goes wrong

  @half_a_minute
  Scenario: The new version is slower, and is rolled back
    The last deployment made the API slower. One line takes it back; putting a version out takes a second person.

    CI is asked once, and tells of each deployment, which has a card of its own. The CI of the demo only says that it deploys.

    # Kofi looks at what was deployed lately.
    When Kofi types "/pm deployments" in #operations
    # The newest one is his.
    Then Kofi alone is told "Deployments … API server 2.41.0, succeeded"
    # It makes the API slower. To go back is easy: he asks for it.
    When Kofi types "/pm deploy roll-back API server because it answers three times as slowly" in #operations
    # The card says what is there now, and what will be.
    Then #operations shows a card "Roll API server back … 2.41.0 … 2.40.0" with the button "Roll API server back"
    # His own word is enough.
    When Kofi clicks "Roll API server back" on it
    # CI was asked, and does it.
    Then #operations shows a card "CI was asked to roll API server back"
    # CI says when it has ended, on a card of its own.
    And #operations shows a card "Deployment … API server 2.40.0 … succeeded"
    # The mistake is found, and the next version is ready.
    When Kofi types "/pm deploy start API server version 2.41.1 because the missing index is there" in #operations
    # Something new for everybody takes a second person.
    Then #operations shows a card "Deploy 2.41.1 of API server" with the button "Deploy 2.41.1 of API server"
    # Tomasz works in operations. He has looked at it, and approves.
    When Tomasz clicks "Deploy 2.41.1 of API server" on it
    # The card says what CI was asked to do.
    Then #operations shows a card "CI was asked to deploy 2.41.1 of API server"
