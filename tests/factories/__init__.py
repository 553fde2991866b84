"""Sample data and stores that several packages of tests share."""
