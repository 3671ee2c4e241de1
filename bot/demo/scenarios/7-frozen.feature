@asking_and_deciding
Feature: When nothing may change, and when nobody could wait

  @headless @half_a_minute
  Scenario: Everything stays as it is
    A key has leaked, and nobody knows yet what was done with it. For an hour nothing is changed through the bot, whoever asks.

    What limits damage still works, and switching it off takes a second person.

    # Priya is signed in to the platform twice. Her name in Slack is @staffer.
    Given Staffer is signed in 2 times
    # Amara works in security. She stops all changes for an hour.
    When Security types "/pm readonly on for 1h because a key leaked" in #operations
    # The card says what is refused and what still works. Her own word is enough.
    Then #operations shows a card "Switch on read-only mode for 1 h" with the button "Switch on read-only mode"
    # She confirms it.
    When Security clicks "Switch on read-only mode" on it
    # From now on nothing is changed.
    Then the card shows "Read-only mode switched on for 1 h"
    # Tomasz would get a role, had somebody not switched that off.
    When Security types "/pm role add support to @tomasz for 2h because nights" in #operations
    # The answer says who did and why, and how it ends.
    Then Security alone is told "I have been read-only for … Amara Okonkwo switched that on because “a key leaked”." with the button "Switch read-only off …"
    # A laptop is stolen on the same day. Signing out is no change that could wait.
    When Security types "/pm revoke @staffer because laptop stolen" in #operations
    # It is asked for as ever.
    Then #operations shows a card "Sign out … everywhere" with the button "Sign out Priya Raghunathan"
    # She confirms it.
    When Security clicks "Sign out Priya Raghunathan" on it
    # And it is done.
    Then the card shows "confirmed by the platform"
    # The key is replaced. Nadia, who works in security as well, asks for changes again.
    When Nadia types "/pm readonly off because the key is replaced" in #operations
    # That takes a second person.
    Then #operations shows a card "Switch off read-only mode" with the button "Switch off read-only mode"
    # Amara approves.
    When Security clicks "Switch off read-only mode" on it
    # Changes can be asked for again.
    Then the card shows "Read-only mode switched off"
    # And the channel hears it.
    And #operations shows a card "Read-only mode ended early"

  @headless @half_a_minute
  Scenario: Alone at night, reviewed in the morning
    Nobody answers, so whoever is on call goes alone. Somebody who had no part in it looks at it afterwards.

    Until somebody has, it is named each morning.

    # Priya is signed in to the platform twice. Her name in Slack is @staffer.
    Given Staffer is signed in 2 times
    # Óscar is on call. He asks for her sessions to be ended.
    When Oncall types "/pm revoke @staffer because laptop stolen" in #operations
    # His card waits for security, and nobody answers.
    Then #operations shows a card "Sign out … everywhere" with the button "Emergency override …"
    # He goes alone, and says why it cannot wait.
    When Oncall clicks "Emergency override …" on it because "nobody answers the phone"
    # It is done at once.
    Then the card shows "confirmed by the platform"
    # Security is told in their channel.
    And #security shows a card "Emergency override: Signed out … everywhere" with the button "Mark as reviewed"
    # In the morning Nadia asks what waits for a review.
    When Nadia types "/pm reviews" in #operations
    # There it is, with why he went alone.
    Then Nadia alone is told "Waiting for a review … nobody answers the phone"
    # She has looked at it, and finds that it was right.
    When Nadia clicks "Mark as reviewed" on the card "Emergency override: Signed out … everywhere"
    # The announcement says so, for good.
    Then the card shows "Reviewed by Nadia El-Haddad"
