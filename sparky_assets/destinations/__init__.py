"""The kinds of destinations: settings of each, and how a message is sent there."""
