"""Loads what has landed into a warehouse, and opens warehouses."""
