"""A headless Chromium, driven over HTTP as WebDriver has it."""
from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import urllib.request

import pytest

KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Home": "\ue011", "End": "\ue010", "Enter": "\ue007",
        "Tab": "\ue004", "Escape": "\ue00c", "Delete": "\ue017", "PageDown": "\ue00f", " ": " "}
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--window-size=1280,1100", "--force-color-profile=srgb", "--disable-background-networking"]


def available():
    return bool(shutil.which("chromedriver") and (shutil.which("chromium") or shutil.which("google-chrome")))


@pytest.fixture(scope="session")
def window():
    """One browser for all tests of pages, begun when the first of them asks."""
    with Browser() as found:
        yield found


@pytest.fixture(scope="module")
def browser(window):
    """That browser as it was begun."""
    window.tools("Emulation.clearDeviceMetricsOverride")
    window.prefer()
    return window


class Browser:
    """One browser window; leaving the `with` block ends it."""

    def __enter__(self):
        self.driver = subprocess.Popen([shutil.which("chromedriver"), "--port=0"], stdout=subprocess.PIPE, text=True)
        lines = iter(self.driver.stdout.readline, "")
        port = next(found[1] for line in lines if (found := re.search(r"successfully on port (\d+)", line)))
        self.place = f"http://127.0.0.1:{port}/session"
        options = {"args": FLAGS, "binary": shutil.which("chromium") or shutil.which("google-chrome")}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.place += "/" + self.ask("POST", "", capabilities={"alwaysMatch": wanted})["sessionId"]
        return self

    def __exit__(self, *error):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()

    def ask(self, method, path, **body):
        request = urllib.request.Request(self.place + path, json.dumps(body).encode() if method == "POST" else None,
                                         {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.ask("POST", "/url", url="about:blank")
        self.log(), self.requests()
        self.ask("POST", "/url", url=url)

    def run(self, script, *arguments):
        """What a script returns."""
        return self.ask("POST", "/execute/sync", script=script, args=list(arguments))

    def press(self, *keys):
        actions = [{"type": kind, "value": KEYS[key]} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def write(self, text):
        actions = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def click(self, query):
        element = self.ask("POST", "/element", using="css selector", value=query)
        self.ask("POST", f"/element/{next(iter(element.values()))}/click")

    def tools(self, command, **parameters):
        """A command of the developer tools."""
        return self.ask("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def prefer(self, scheme="light", motion="no-preference", medium=""):
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": motion}
        self.tools("Emulation.setEmulatedMedia", media=medium,
                   features=[{"name": name, "value": value} for name, value in features.items()])

    def log(self):
        """What the console said since it was asked last."""
        return [entry["message"] for entry in self.ask("POST", "/se/log", type="browser")]

    def requests(self):
        """The addresses asked for since."""
        events = [json.loads(entry["message"])["message"] for entry in self.ask("POST", "/se/log", type="performance")]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))
