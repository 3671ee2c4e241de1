"""What the app calls: the Web API, one file for each family of methods, and response urls."""
