"""Kept records: the agency's own records that it keeps by law after their case was erased."""
