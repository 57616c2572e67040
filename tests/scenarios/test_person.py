"""A person at the sign-in page: which forms are filled in how."""

from __future__ import annotations

import asyncio

from diag.model.secret import Secret
from scenarios.person import Person, read_form

PAGE = """<h1>x</h1><form method="post" action="/login"><input type="hidden" name="ctx" value="c">
<input type="checkbox" name="organization"><input name="loginfmt" value="old"><input type="password" name="passwd">
<button name="action" value="cancel">No</button><button name="action" value="accept">Yes</button></form><form></form>"""


def person(**changes: bool) -> Person:
    return Person(user="a@b.example", password="p", **changes)  # type: ignore[arg-type]


def test_a_form_is_read_and_filled_in() -> None:
    form = read_form(PAGE)
    assert form is not None
    assert (form.action, form.fields) == ("/login", {"ctx": "c", "loginfmt": "old", "passwd": ""})
    filled = {"ctx": "c", "loginfmt": "a@b.example", "passwd": "p"}
    assert person()._fill(form, {}) == {**filled, "action": "accept"}
    assert person(accepts=False)._fill(form, {}) == {**filled, "action": "cancel"}


def test_a_page_without_a_form_has_none() -> None:
    assert read_form("<input name='x'><button>y</button>") is None


def test_a_device_code_is_typed_once_and_then_the_second_factor() -> None:
    form = read_form('<form><input name="otc"><button name="action" value="next"></form>')
    assert form is not None
    typed = {"otc": "ABC"}
    assert person()._fill(form, typed)["otc"] == "ABC"
    assert person()._fill(form, typed)["otc"] == "123456"


def test_who_closes_the_window_asks_nothing() -> None:
    async def main() -> None:
        await person(comes_back=False).open("https://nowhere.invalid/")
        await person(comes_back=False).enter("https://nowhere.invalid/", Secret("x"), 15)

    asyncio.run(main())
