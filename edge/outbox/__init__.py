"""Events in, numbered rows that survive a power cut out, until the hub says that they are durable."""
