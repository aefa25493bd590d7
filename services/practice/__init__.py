"""Practice: the tasks that several agencies have in common. A mandate takes from here what its agency also does."""
