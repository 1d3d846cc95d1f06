"""Membranes measured through the product, on simulated fields whose truth is exact."""
