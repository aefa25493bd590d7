"""Stafett's command line: the whole bus on one machine, one service, and an auditor's tools."""
