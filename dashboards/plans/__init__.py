"""Floors as pictures: what is uploaded and drawn, made safe and sound."""
