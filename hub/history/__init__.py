"""Copies the hub's books to an InfluxDB 2 write API: durable rows in, line protocol out; never the truth."""
