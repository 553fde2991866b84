"""Tests of stories: changes, noise, edges, groups and order."""
