"""The city's layers, what they mean, and what is wrong with them."""
