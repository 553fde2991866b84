"""Stories from changes: edges between changes, groups along them, and what the changes of a group share."""
