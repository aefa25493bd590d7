"""The form of an event in the log: CloudEvents attributes, a sealed or clear body, a signature."""
