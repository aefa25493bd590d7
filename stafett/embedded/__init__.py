"""The whole bus on one machine: brokers and services as child processes over one folder."""
