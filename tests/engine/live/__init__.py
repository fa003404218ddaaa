"""Tests of engine/live."""
