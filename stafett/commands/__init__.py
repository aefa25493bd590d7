"""The command line: a file for each command; `main` says which there are and what each takes."""
