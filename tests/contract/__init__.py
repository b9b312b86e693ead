"""What every estimator, design, inference method and metric promises, each a row of one table."""
