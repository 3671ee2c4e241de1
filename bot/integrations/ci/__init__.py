"""Whatever deploys: told by a signed webhook."""
