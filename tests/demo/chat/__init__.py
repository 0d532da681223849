"""Customers talk to support agents over websockets."""
