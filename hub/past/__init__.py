"""What the hub remembers: states and late events in, minutes and sums of days out."""
