"""What variance formulas are made of."""
