"""What both sides of the wire agree on: events, messages, topics, codec, broker session, clock."""
