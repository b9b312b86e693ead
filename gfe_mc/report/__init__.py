"""What is made of a study, from its store alone."""
