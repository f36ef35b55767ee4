"""One module a kind of channel: a driver and its interpreter, from what is seen at it to the events of it."""
