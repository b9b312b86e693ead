"""What a study is, how it runs, and where its replications are kept."""
