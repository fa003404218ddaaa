"""What the frames are measured on; the frames themselves are no matter of a test."""
from benchmarks import frames
from tests.engine.picture import chromium


def test_a_page_of_about_a_hundred_boxes_with_a_slider_for_each_that_is_moved():
    html, boxes = frames.page(4)
    assert 100 <= boxes <= 130 and html.startswith("<!DOCTYPE html>")


def test_without_a_browser_it_says_so(monkeypatch):
    monkeypatch.setattr(chromium, "available", lambda: False)
    assert frames.report().startswith("skipped: neither chromium nor chromedriver")
