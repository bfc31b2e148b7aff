"""The page in a browser: a small report passes every check, and each check can fail."""

import pytest
import small_chapter as small
from browser import Browser
from page_checks import BROKEN, CHECKS, is_accessible

from compendium.report.document import render


@pytest.fixture(scope="module")
def browser():
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def source() -> str:
    return render(small.document("da"), "html").decode()


@pytest.fixture(scope="module")
def page(browser, source, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(source, "utf-8")
    return browser.open(path)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_small_report_passes(check, page):
    assert check(page) == []


def test_it_is_accessible_in_the_dark(page):
    assert is_accessible(page, dark=True) == []


@pytest.mark.parametrize(("check", "before", "after"), BROKEN)
def test_a_broken_page_is_caught(check, before, after, browser, source, tmp_path):
    assert before in source
    path = tmp_path / "report.html"
    path.write_text(source.replace(before, after), "utf-8")
    assert check(browser.open(path)) != []
