"""Files of beams and of readings in, what the signals take out; and back."""
