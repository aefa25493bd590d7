"""The command line: one file for each command. `main` lists the commands and their arguments."""
