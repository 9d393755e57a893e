"""The clinic's pages as a prosthetist meets them, in real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import pytest
from innervate.app.clinic.doorkeeper import csrf_of

from .clinic_people import TODAY
from .clinic_visit import AtClinic, Script, served
from .page_visit import CHROMIUM, chromium, playwright

pytest.importorskip("nicegui", reason="the pages need the web extra")
pytest.importorskip("sqlalchemy", reason="the store needs the clinic extra")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]
FOCUSED = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("clinic")) as found:
        yield found


@pytest.fixture(scope="module")
def ann(browser: playwright.Browser, url: str) -> Iterator[AtClinic]:
    found = AtClinic(browser, url, "ann")
    yield found
    found.context.close()


def test_from_a_new_patient_to_the_report(ann: AtClinic) -> None:
    ann.go("/", "Patients")
    ann.unfold("Add a patient")
    ann.save("New patient", id="n1", name="Nell", simulated="yes")
    ann.has("SIMULATED")
    ann.save(
        "New limb",
        side="right",
        level="transtibial",
        amputated_on="2026-01-05",
        transferred_on="2026-06-01",
        tmr="secondary",
    )
    ann.has("Not cleared by the surgeon")
    with ann.page.expect_navigation():
        ann.page.get_by_role("button", name="Start from the usual table").click()
    ann.has("sural to gastrocnemius, lateral head: no signal expected")
    ann.has("check which movement tenses it")
    ann.unfold("tibial to flexor hallucis longus")
    ann.save(
        "Transfer right transtibial tibial to flexor hallucis longus",
        target_muscle="soleus",
        first_twitch_on="2026-09-02",
    )
    ann.has("tibial to soleus: toe flexion, first twitch 2026-09-02")
    ann.has("twitch at month 3.1 (2026-09-02)")
    ann.has("yours may differ")
    ann.unfold("Add words")
    ann.save("New words right transtibial", movement="toe flexion", words="curl my toes")
    ann.tidy()
    ann.unfold("New visit")
    ann.save("New visit", kind="follow-up", on="2026-07-01")
    ann.save("New pain entry", plp_worst_24h="2", plp_average_7d="1", neuroma_tender="no", opioid_mg_day="0")
    ann.unfold("Add a PROMIS")
    ann.save(
        "New T-score right transtibial",
        of="phantom",
        domain="intensity",
        form="3a",
        form_version="1.0",
        t_score="43.1",
    )
    ann.has("3a, version 1.0")
    ann.go("/patients/n1", "Nell")
    ann.unfold("New visit")
    ann.save("New visit", kind="follow-up", on="2026-09-01")
    ann.save("New pain entry", plp_worst_24h="5", rlp_worst_24h="1")
    ann.has("phantom pain, worst of 24 h: 2 to 5")
    ann.page.locator('[name="test"]').select_option("acmc")
    ann.page.wait_for_selector('form[data-form="New acmc"]')
    form = ann.fill("New acmc", **{"figures.score": "54"})
    form.locator("button[type=submit]").click()
    ann.has("ACMC needs a named, certified rater")
    ann.save("New acmc", rater="Cy Brand", rater_certified="yes")
    ann.has("score 54")
    ann.has("Cy Brand, certified")
    ann.tidy()
    visit = ann.page.url.partition("?")[0]
    with ann.page.expect_navigation():
        ann.page.get_by_role("button", name="Seen").click()
    ann.page.wait_for_selector("h1")
    assert ann.page.locator(".alerts").count() == 0
    ann.go("/patients/n1/course", "1 month (day 1 to 60, target 30)")
    assert ann.page.locator("svg.plot .dot title").all_text_contents()[:2] == [
        "Phantom limb pain, 2026-07-01: 2",
        "Phantom limb pain, 2026-09-01: 5",
    ]
    ann.has("score 54")
    ann.unfold("Write down why")
    ann.save("New event", kind="missed", on="2026-11-20", window_months="6", note="away")
    ann.has("not yet due, due now (noted for month 6: away)")
    ann.tidy()
    ann.page.goto(f"{visit}/report")
    for told in ("SIMULATED", "tibial -> soleus", "curl my toes", "2 to 5", "Cy Brand, certified", "by ann"):
        ann.has(told)
    assert ann.page.locator("script").count() == 0
    assert ann.broken == []


def test_the_list_is_searched_and_marks_who_is_nobody_real(ann: AtClinic) -> None:
    ann.go("/", "Patients")
    ann.page.get_by_label("Find by code or name").fill("pat s")
    ann.page.get_by_label("Find by code or name").press("Enter")
    ann.has("1 of ")
    row = ann.page.locator("tbody tr")
    assert "SIMULATED" in row.inner_text()
    ann.tidy()


def test_the_cohort_says_what_it_counts_and_leaves_the_simulated_out(ann: AtClinic) -> None:
    ann.go("/followup", "Follow-up of all patients")
    head = ann.page.locator("thead").first.inner_text()
    assert "Has phantom limb pain: NRS worst of the last 24 hours above 0" in head
    for word in ("Done", "Missed", "Not yet due", "Withdrawn", "Died", "Done, unanswered"):
        assert word in head
    first = ann.page.locator("tbody tr").first.inner_text().split("\t")
    assert first[:2] == ["baseline", "2"]
    assert ann.page.locator(".mark").count() == 0
    ann.has("72 % at 1 month, 19 % at 3 months, 13 % at 6 months")
    ann.has("Medscape news brief")
    ann.has("not known to be the paper's")
    ann.tidy()
    with ann.page.expect_navigation():
        ann.page.get_by_label("Count simulated patients").check()
    ann.has("SIMULATED: ")
    caption = ann.page.locator("caption").first
    playwright.expect(caption).to_contain_text("SIMULATED")
    assert ann.page.locator("tbody tr").first.inner_text().split("\t")[1] in ("3", "4")


def test_two_clinicians_see_both_values_and_nothing_is_lost(
    ann: AtClinic, browser: playwright.Browser, url: str
) -> None:
    ann.go("/patients/s1", "Left transtibial")
    ann.unfold("Edit limb")
    ann.fill("Limb left transtibial", note="mine", tmr="primary")
    ben = Script(url, "ben")
    (limb,) = ben.rows("s1", "limb")
    said = ben.post(
        f"/api/rows/limb/{limb['id']}", {"version": limb["version"], "values": {"note": "from ben"}}
    )
    assert said["code"] == 200
    ann.form("Limb left transtibial").locator("button[type=submit]").click()
    ann.has("ben saved this while you were writing")
    conflict = ann.page.locator(".conflict")
    assert "theirs: from ben" in conflict.inner_text()
    assert "yours: mine" in conflict.inner_text()
    assert not ann.form("Limb left transtibial").locator(".error").is_visible()
    assert ben.rows("s1", "limb")[0]["tmr"] == "secondary", "nothing was written yet"
    ann.form("Limb left transtibial").locator("button[type=submit]").click()
    ann.has("Choose for each field first")
    conflict.get_by_label("yours: mine").check()
    with ann.page.expect_navigation():
        ann.form("Limb left transtibial").locator("button[type=submit]").click()
    ann.page.wait_for_selector("h1")
    (after,) = ben.rows("s1", "limb")
    assert (after["note"], after["tmr"]) == ("mine", "primary")


def test_what_was_typed_outlives_a_reload_and_a_refusal(ann: AtClinic) -> None:
    ann.go("/patients/s1", "Left transtibial")
    ann.unfold("Edit limb")
    ann.fill("Limb left transtibial", note="half a thought")
    ann.page.reload()
    ann.has("Not saved yet")
    form = ann.form("Limb left transtibial")
    assert form.locator('[name="note"]').input_value() == "half a thought"
    ann.fill("Limb left transtibial", transferred_on="1999-01-01")
    form.locator("button[type=submit]").click()
    ann.has("transferred_on comes before amputated_on")
    assert form.locator('[name="note"]').input_value() == "half a thought"
    ann.save("Limb left transtibial", transferred_on=f"{TODAY.year - 1}-{TODAY:%m-%d}")
    assert form.locator('[name="note"]').input_value() == "half a thought"
    assert ann.page.evaluate("sessionStorage.getItem('innervate clinic drafts')") == "{}"


def test_everything_is_reached_by_keyboard_in_the_order_of_the_page(ann: AtClinic) -> None:
    ann.go("/", "Patients")
    ann.page.wait_for_selector("h1")
    seen = []
    for _ in range(7):
        ann.page.keyboard.press("Tab")
        seen.append(ann.page.evaluate(FOCUSED))
    assert seen[:5] == ["Skip to content", "innervate", "Patients", "Follow-up", "Log out"]
    assert seen[6] == "Find"
    outline = ann.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_axe_core_finds_nothing_on_any_page(ann: AtClinic, url: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-core comes with axe-playwright-python")
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
    visit = Script(url, "ben").rows("s1", "visit")[-1]["id"]
    of_visit = f"/patients/s1/visits/{visit}"
    pages = (
        "/",
        "/patients/s1",
        "/patients/s1/course",
        "/followup",
        f"{of_visit}?test=acmc",
        f"{of_visit}/report",
    )
    for path in pages:
        ann.go(path)
        ann.page.wait_for_selector("h1")
        ann.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        ann.page.evaluate(axe)
        found = ann.page.evaluate("axe.run().then((said) => said.violations.map((each) => each.id))")
        assert found == [], path


def test_a_session_that_ends_covers_the_page_and_loses_nothing(browser: playwright.Browser, url: str) -> None:
    ben = AtClinic(browser, url, "ben")
    ben.go("/patients/s1", "Left transtibial")
    ben.unfold("Edit limb")
    ben.fill("Limb left transtibial", note="kept")
    ben.page.clock.fast_forward("16:00")
    ben.has("Your session has ended")
    assert not ben.page.get_by_role("heading", name="Left transtibial").is_visible()
    dialog = ben.page.get_by_role("dialog")
    dialog.get_by_label("Password").fill("wrong password!!")
    dialog.get_by_role("button").click()
    ben.has("wrong name or password")
    dialog.get_by_label("Password").fill("correct horse battery")
    dialog.get_by_role("button").click()
    ben.page.wait_for_selector("dialog", state="detached")
    gone = Script(url)
    gone.headers = {**ben.cookie, "X-CSRF-Token": csrf_of(ben.cookie["Cookie"].partition("=")[2])}
    assert gone.post("/api/logout", {})["code"] == 200
    ben.form("Limb left transtibial").locator("button[type=submit]").click()
    ben.has("Your session has ended")
    dialog.get_by_label("Password").fill("correct horse battery")
    with ben.page.expect_navigation():
        dialog.get_by_role("button").click()
    ben.page.wait_for_selector("[data-csrf]")
    assert Script(url, "ben").rows("s1", "limb")[0]["note"] == "kept"
    ben.context.close()
