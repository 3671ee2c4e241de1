"""Every carrier of a promise that can be dropped. One module for each group of promises, imported here."""
