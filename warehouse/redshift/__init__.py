"""Loading a landing zone into Amazon Redshift."""
