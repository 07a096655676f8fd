"""The page in a real browser: Debian's chromium without a screen, by its protocol for developers."""

import asyncio
import itertools
import shutil
import subprocess
import time

import pytest

import kemu

aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
PATIENCE = 60.0
ALONE = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}


@pytest.fixture
def browser(tmp_path):
    """The port on which a browser takes commands."""
    command = [CHROMIUM, *ALONE, f"--user-data-dir={tmp_path}", "--remote-debugging-port=0", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    told, until = tmp_path / "DevToolsActivePort", time.monotonic() + PATIENCE
    try:
        while not (told.exists() and told.read_text()):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        yield int(told.read_text().split()[0])
    finally:
        process.kill()
        process.wait()


class Tab:
    """A page that is open. `problems` are the errors that it has written to its console or thrown."""

    def __init__(self, socket):
        self._socket = socket
        self._numbers = itertools.count()
        self.problems = []

    async def send(self, method, **params):
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=PATIENCE)
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.problems.append(message["params"])
            if message.get("id") == number:
                return message["result"]

    async def value(self, expression):
        """What an expression is worth there."""
        found = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    async def until(self, expression):
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not await self.value(expression):
            assert time.monotonic() < end, await self.value("document.body.innerText")
            await asyncio.sleep(0.1)


async def opened(session, port, url):
    """A new tab, with its address."""
    async with session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
        place = (await answer.json())["webSocketDebuggerUrl"]
    tab = Tab(await session.ws_connect(place))
    for domain in ("Runtime", "Log", "Page"):
        await tab.send(f"{domain}.enable")
    await tab.send("Page.navigate", url=url)
    return tab


def test_the_page_shows_what_happens(browser):
    """Live: the timeline, the objects and the events, with no request to anybody else and no error."""
    cluster = kemu.Cluster(nodes=1)

    async def look(url):
        async with aiohttp.ClientSession() as session:
            tab = await opened(session, browser, url)
            await tab.until('document.getElementById("state").textContent == "live"')
            assert "web" not in await tab.value('document.getElementById("objects").textContent')
            cluster.create(POD)
            await tab.until('document.getElementById("objects").textContent.includes("Running")')
            await tab.until('document.getElementById("events").textContent.includes("Scheduled")')
            assert await tab.value('document.querySelector("#timeline svg").textContent.includes("web")')
            others = 'performance.getEntriesByType("resource").map(each => each.name)'
            return await tab.value(others), tab.problems

    with cluster.serve() as server:
        asked, problems = asyncio.run(look(f"{server.url}/"))
    assert all(each.startswith((server.url, "data:")) for each in asked) and not problems


def test_the_page_says_that_it_has_lost_its_server(browser):
    async def look(server):
        async with aiohttp.ClientSession() as session:
            tab = await opened(session, browser, f"{server.url}/")
            await tab.until('document.getElementById("state").textContent == "live"')
            await asyncio.to_thread(server.close)
            await tab.until('document.getElementById("state").textContent.includes("not connected")')

    asyncio.run(look(kemu.Cluster(nodes=0).serve()))
