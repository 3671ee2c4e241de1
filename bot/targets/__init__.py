"""What actions are about, a file each kind: how one is found, told apart, drawn, written down and held."""
