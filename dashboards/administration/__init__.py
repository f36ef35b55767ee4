"""Campus, limits, duties and channels, as forms have them."""
