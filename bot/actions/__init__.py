"""What operators can do: one file an action. Dropping a file in here is all the registration there is."""
