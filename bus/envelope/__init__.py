"""The form of an event in the log: CloudEvents attributes, sealed or clear data, and a signature."""
