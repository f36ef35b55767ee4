"""Copies the journal to an InfluxDB 2 write API: durable rows in, line protocol out; never the truth."""
