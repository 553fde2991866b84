"""Tests of stories: changes, noise, edges, groups, order and trends."""
