"""What somebody does with a door or a sensor on purpose in, how far off it is out."""
