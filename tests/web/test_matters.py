"""A request from a phone to its rating, by users of different rights; who may only look has no matters."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("phone", Path(__file__).with_name("phone.py"))
web = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(web)

PEOPLE = {"boss": "admin", "wang": "staff", "shequ": "staff", "bumen": "staff", "gongmin": "viewer"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with web.site(tmp_path_factory.mktemp("matters"), PEOPLE) as made:
        yield made


@pytest.fixture(scope="module")
def browser():
    with web.chromium() as started:
        yield started


def whole(served, name):
    """Return a matter as it is, by its records."""
    return served.service.ws.records.matter(name)[0]


def test_a_request_from_phone_to_rating_by_users_of_different_rights(served, browser):
    # The grid worker calls out in three taps.
    with web.phone(browser, served, "/?mode=matters&lang=zh") as page:
        web.enter(page, "wang")
        page.wait_for_selector("[data-headline]")
        web.lift(page)
        page.click(".staff-whistle")
        page.click("[data-topic=路灯不亮]")
        page.click("[data-send]:enabled")
        page.wait_for_selector("[data-sent]")
        name = page.get_attribute("[data-sent]", "data-sent")
    assert (whole(served, name).stage, whole(served, name).topic) == ("found", "路灯不亮")
    told = served.service.ws.where(web.HERE["longitude"], web.HERE["latitude"])
    assert whole(served, name).grid == told["grid"]["code"]

    # The community's worker sends it to a department; the department answers and handles it out of its inbox.
    with web.phone(browser, served, "/?mode=matters&lang=zh", wide=True) as page:
        web.enter(page, "shequ")
        page.wait_for_selector("[data-stage=found]")
        page.click("[data-stage=found] summary") if not page.locator(f"[data-matter={name}]").is_visible() else None
        page.click(f"[data-matter={name}]")
        page.select_option("[data-actor]", "community_worker")
        assert page.is_disabled("[data-action=dispatch]")  # it has to say whom
        department = page.locator("[data-organisation] option").nth(1).get_attribute("value")
        page.select_option("[data-organisation]", department)
        page.click("[data-action=dispatch]")
        page.wait_for_selector("[data-at=dispatched]")
    with web.phone(browser, served, "/?mode=matters&lang=zh") as page:
        web.enter(page, "bumen")
        page.wait_for_selector("[data-headline]")
        web.lift(page)
        page.click("[role=tab] >> text=部门收件箱")
        page.select_option("select[aria-label=选择部门]", department)
        page.click(f"[data-matter={name}]")
        page.click("[data-action=answer]")
        page.wait_for_selector("[data-at=answered]")
        page.click("[data-action=handle]")
        page.wait_for_selector("[data-at=handled]")
        page.click("[data-rating]")
        link = page.input_value("[data-link]")

    # The resident has no account and no script.
    with web.phone(browser, served, link.removeprefix(served.url), js=False) as page:
        page.check("input[value='5']")
        page.click("button:not(.again)")
        assert "感谢" in page.inner_text("main")
    assert (whole(served, name).stage, whole(served, name).rating) == ("rated", 5)

    # Who may only look has no matters at all.
    with web.phone(browser, served, "/?mode=matters&lang=zh") as page:
        web.enter(page, "gongmin")
        page.wait_for_selector("html[data-ready=yes]")
        page.wait_for_selector("[data-tab=here]")
        assert page.locator("[data-tab=matters], [data-tab=import]").count() == 0
        answer = page.request.get(f"{served.url}/api/v1/matters/{name}")
        assert answer.status == 403
