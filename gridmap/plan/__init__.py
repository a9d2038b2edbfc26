"""Plans - who answers for which building, edited and measured."""
