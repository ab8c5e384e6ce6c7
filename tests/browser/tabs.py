"""Tabs as people have them: of one window, one is seen and the others are hidden.

Playwright keeps every page of its own in the belief that it is seen. These it doesn't know of.
"""

import json
import time
from typing import Any

from playwright.sync_api import Browser

LONGEST_WAIT = 15
LOOK_SECONDS = 0.02


class Window:
    """A window of its own, with its own cookies. `record` is a script that runs before those of each page."""

    def __init__(self, browser: Browser, address: str, cookies: dict[str, str], record: str = "") -> None:
        self.address = address
        self.record = record
        self.chromium = browser.new_browser_cdp_session()
        self.context: str = self.chromium.send("Target.createBrowserContext")["browserContextId"]
        given = [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
        self.chromium.send("Storage.setCookies", {"cookies": given, "browserContextId": self.context})

    def open(self, path: str) -> "Tab":
        """A new tab, which is seen."""
        tab = Tab(self, self.chromium.send("Target.createTarget", {"url": "", "browserContextId": self.context}))
        tab.show()
        tab.go(path)
        return tab

    def close(self) -> None:
        self.chromium.send("Target.disposeBrowserContext", {"browserContextId": self.context})
        self.chromium.detach()


class Tab:
    def __init__(self, window: Window, target: dict[str, Any]) -> None:
        self.window = window
        self.target: str = target["targetId"]
        self.answers: dict[int, dict[str, Any]] = {}
        self.number = 0
        attached = window.chromium.send("Target.attachToTarget", {"targetId": self.target, "flatten": False})
        self.session: str = attached["sessionId"]
        window.chromium.on("Target.receivedMessageFromTarget", self._hear)
        for domain in ("Page", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.addScriptToEvaluateOnNewDocument", source=window.record)

    def show(self) -> None:
        """Bring it before the others, which are hidden then."""
        self.window.chromium.send("Target.activateTarget", {"targetId": self.target})

    def go(self, path: str) -> None:
        """Go there, and wait until the page is loaded."""
        url = f"{self.window.address}{path}"
        self.send("Page.navigate", url=url)
        self.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def set_offline(self, is_offline: bool) -> None:
        throughput = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.send("Network.emulateNetworkConditions", offline=is_offline, **throughput)

    def evaluate(self, expression: str) -> Any:
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Until this is true of the page."""
        deadline = time.monotonic() + LONGEST_WAIT
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"not so: {expression}"
            time.sleep(LOOK_SECONDS)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What Chromium answers to this, of its DevTools protocol."""
        self.number += 1
        message = json.dumps({"id": self.number, "method": method, "params": parameters})
        chromium = self.window.chromium
        chromium.send("Target.sendMessageToTarget", {"sessionId": self.session, "message": message})
        deadline = time.monotonic() + LONGEST_WAIT
        while self.number not in self.answers:
            assert time.monotonic() < deadline, f"no answer to {method}"
            chromium.send("Browser.getVersion")  # else nothing is heard
        answer = self.answers.pop(self.number)
        assert "error" not in answer, answer
        return answer["result"]

    def _hear(self, event: dict[str, Any]) -> None:
        answer = json.loads(event["message"])
        if event["sessionId"] == self.session and "id" in answer:
            self.answers[answer["id"]] = answer
