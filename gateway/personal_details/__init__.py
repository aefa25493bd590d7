"""Personal details: records that lie beside the log, sealed."""
