"""The status page in a real browser, headless, on a machine that has Chromium or Chrome."""

from __future__ import annotations

import shutil

import pytest

from qiskit_ionq_lite.emulator.server import LocalCloud

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium: apt-get install chromium")


def job(circuit=BELL, **fields):
    inner = {"gateset": "qis", "qubits": 2, "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": "simulator", "input": inner, **fields}


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    """A page that fails the test when a script fails, or when it asks another host."""
    shown = browser.new_page()
    troubles, hosts = [], set()
    shown.on("pageerror", lambda error: troubles.append(str(error)))
    shown.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    yield shown
    assert troubles == []
    assert {host.split(":")[0] for host in hosts if host} == {"127.0.0.1"}
    shown.close()


def root(cloud):
    return cloud.url.removesuffix("v0.4")


def test_a_job_its_circuit_and_its_histogram(page, cloud_factory, api_of):
    cloud = cloud_factory()
    api = api_of(cloud)
    done = api.run(**job(name="my bell"))
    failed = api.run(**job([{"gate": "nonsense", "target": 0}]))
    page.goto(root(cloud))
    rows = page.locator("#jobs tr")
    rows.nth(1).wait_for()
    assert [row.split("\t")[0] for row in rows.all_inner_texts()] == [failed["id"], done["id"]]
    assert "my bell" in rows.nth(1).inner_text()
    assert "1 completed" in page.locator("#counts").inner_text()
    page.get_by_role("button", name=done["id"]).click()
    page.locator("#histogram rect").nth(1).wait_for()
    words = page.locator("#histogram svg text").all_text_contents()
    assert words == ["00", "0.5000", "11", "0.5000"]
    page.locator("#circuit", has_text="┤ H ├").wait_for()
    page.get_by_role("button", name=failed["id"]).click()
    page.locator("#facts", has_text="UnsupportedGate").wait_for()
    assert page.locator("#histogram rect").count() == 0


def test_the_queue_and_the_end_of_a_wait_are_seen_without_a_click(page, cloud_factory, api_of):
    cloud = cloud_factory(queue_seconds=2)
    job_id = api_of(cloud).submit(**job())
    page.goto(root(cloud))
    page.get_by_role("button", name=job_id).click()
    page.locator("#facts", has_text="Waits for").wait_for()
    assert "1 ready" in page.locator("#counts").inner_text()
    page.locator("#histogram rect").nth(1).wait_for(timeout=10_000)
    assert "1 completed" in page.locator("#counts").inner_text()


def test_a_waiting_job_is_canceled_by_its_button(page, cloud_factory, api_of):
    cloud = cloud_factory(queue_seconds=60)
    api = api_of(cloud)
    job_id = api.submit(**job())
    page.goto(root(cloud))
    page.get_by_role("button", name=job_id).click()
    page.get_by_role("button", name="Cancel").click()
    page.locator("#facts", has_text="canceled").wait_for()
    assert api.get(f"/jobs/{job_id}")["status"] == "canceled"


def test_circuits_of_a_batch_and_older_pages(page, cloud_factory, api_of):
    cloud = cloud_factory()
    api = api_of(cloud)
    circuits = [{"circuit": BELL}, {"circuit": [{"gate": "x", "target": 0}]}]
    batch = job() | {"type": "ionq.multi-circuit.v1", "input": {"gateset": "qis", "circuits": circuits}}
    oldest = api.run(**batch)["id"]
    for _ in range(25):
        newest = api.run(**job())["id"]
    page.goto(root(cloud))
    page.get_by_role("button", name=newest).wait_for()
    page.get_by_role("button", name="Older").click()
    page.get_by_role("button", name=oldest).click()
    page.get_by_role("button", name="circuit 1").click()
    page.locator("#histogram rect").first.wait_for()
    assert page.locator("#histogram svg text").all_text_contents() == ["1", "1.0000"]


def test_a_cloud_with_a_key_asks_for_it(page):
    with LocalCloud(api_key="s3cret") as cloud:
        page.goto(root(cloud))
        page.get_by_label("API key").fill("s3cret")
        page.get_by_role("button", name="Open").click()
        page.locator("#counts", has_text="completed").wait_for()
        assert page.locator("#door").is_hidden()
        assert page.locator("#trouble").inner_text() == ""
