"""What people do on the screen: type, click, choose, fill in forms, look at App Home."""
