"""What runs in the containers: starting, migrating, checking. Standard library first: it has to say what is wrong."""
