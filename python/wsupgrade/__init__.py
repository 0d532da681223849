"""Moves Python code from the legacy websockets API to the one that works on websockets 14 to 17.

The work is done by a program of the same name; `python -m wsupgrade` runs it.
"""
