"""The application as people use it: in a real Chromium, against the real images, through nginx.

The tests follow one another, as a first day with the application would: the first account, then users, then what
goes wrong. Screenshots of both flavours go to .workshop/screenshots; `make screenshots` puts them into docs/images.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.live.phases import Phase
from workshop import paths

from workshop import settings as config
from workshop.shell import docker
from workshop.videos import browser as chromium

from .conftest import ADMIN, USER, Person, Site, running_site

SCREENSHOTS = paths.STATE / "screenshots"
SIZE = {"width": 1280, "height": 720}
FLAVOURS = {"latte": "light", "mocha": "dark"}
SERIOUS = ("serious", "critical")
PATIENCE_MS = 10_000
SOMEBODY = Person("Carla Nunes", "carla@example.com", "uma-senha-qualquer", "1978-02-03")
OTHERS = (
    Person("Davi Rocha", "davi@example.com", "uma-senha-qualquer", "1964-07-21"),
    Person("Elisa Prado", "elisa@example.com", "uma-senha-qualquer", "1991-01-30"),
    Person("Fábio Teixeira", "fabio@example.com", "uma-senha-qualquer", "1996-09-09"),
    Person("Gabriela Antunes", "gabriela@example.com", "uma-senha-qualquer", "2001-12-01"),
)

pytestmark = [pytest.mark.phase(Phase.BESIDE), pytest.mark.timeout(300)]


@pytest.fixture(scope="module", name="empty_site")
def fixture_empty_site() -> Iterator[Site]:
    """The application just started: nobody has an account yet."""
    with running_site("app-browser") as site:
        yield site


@pytest.fixture(scope="module", name="browser")
def fixture_browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with chromium.headless() as browser:
        yield browser


@pytest.fixture(name="page")
def fixture_page(browser: Browser, empty_site: Site) -> Iterator[Page]:
    """A new visitor's page. Whatever the page itself complains about fails the test."""
    context = browser.new_context(base_url=empty_site.url, viewport=SIZE, locale="pt-BR", color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # What the Content-Security-Policy stops is said on the console alone.
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page, person: Person) -> None:
    """From the login page to the list."""
    page.goto("/")
    page.get_by_label("E-mail", exact=True).fill(person.email)
    page.get_by_label("Senha", exact=True).fill(person.password)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", name="Usuários", level=1)).to_be_visible()


def fill(page: Page, person: Person) -> None:
    """The fields that describe a user."""
    page.get_by_label("Nome", exact=True).fill(person.name)
    page.get_by_label("E-mail", exact=True).fill(person.email)
    page.get_by_label("Data de nascimento").fill(person.birth_date)
    page.get_by_label("Senha", exact=True).fill(person.password)


def row(page: Page, person: Person) -> object:
    """The line of the list that shows this person's address."""
    return page.get_by_role("row").filter(has_text=person.email)


def assert_accessible(page: Page) -> None:
    """No finding of axe that is serious or worse."""
    found = Axe().run(page).response["violations"]
    assert [f"{item['id']}: {item['help']}" for item in found if item["impact"] in SERIOUS] == []


def test_the_banner_tells_environment_and_version_to_everybody(page: Page) -> None:
    page.goto("/")

    banner = page.get_by_role("banner")
    expect(banner).to_contain_text("dev")
    expect(banner).to_contain_text("local")
    # Readable from the last row: the tag is a twentieth of the screen's height or more.
    size = page.locator(".tag").evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= SIZE["height"] / 20
    assert_accessible(page)


def test_the_first_account_may_be_the_administrators(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Criar conta").click()
    fill(page, ADMIN)
    page.get_by_label("Sou o primeiro usuário").check()
    assert_accessible(page)
    page.get_by_role("button", name="Criar conta").click()

    expect(page.get_by_role("heading", name="Usuários", level=1)).to_be_visible()
    expect(row(page, ADMIN)).to_contain_text("Administrador")


def test_no_other_account_may(page: Page) -> None:
    page.goto("/criar-conta")
    fill(page, USER)
    page.get_by_label("Sou o primeiro usuário").check()
    page.get_by_role("button", name="Criar conta").click()
    expect(page.get_by_text("já tem usuários")).to_be_visible()

    page.get_by_label("Sou o primeiro usuário").uncheck()
    page.get_by_role("button", name="Criar conta").click()
    expect(row(page, USER)).to_contain_text("Usuário")


def test_the_administrator_creates_views_edits_and_deletes(page: Page) -> None:
    sign_in(page, ADMIN)
    page.get_by_role("link", name="Novo usuário").click()
    fill(page, SOMEBODY)
    page.get_by_role("button", name="Criar").click()
    expect(row(page, SOMEBODY)).to_be_visible()

    row(page, SOMEBODY).get_by_role("link", name="Editar").click()
    page.get_by_label("Nome", exact=True).fill("Carla Nunes Dias")
    page.get_by_role("button", name="Salvar").click()
    expect(row(page, SOMEBODY)).to_contain_text("Carla Nunes Dias")

    row(page, SOMEBODY).get_by_role("link", name="Ver").click()
    expect(page.get_by_role("dialog")).to_contain_text("03/02/1978")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()

    row(page, SOMEBODY).get_by_role("link", name="Excluir").click()
    page.get_by_role("button", name="Excluir de vez").click()
    expect(row(page, SOMEBODY)).to_have_count(0)


def test_an_address_that_is_taken_is_said_at_the_form(page: Page) -> None:
    sign_in(page, ADMIN)
    page.get_by_role("link", name="Novo usuário").click()
    fill(page, Person("Outra Bia", USER.email.upper(), "uma-senha-qualquer"))
    page.get_by_role("button", name="Criar").click()

    expect(page.get_by_label("E-mail", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Já existe um usuário com este e-mail")).to_be_visible()
    expect(page.get_by_label("Nome", exact=True)).to_have_value("Outra Bia")


def test_the_list_searches_sorts_and_turns_pages(page: Page, empty_site: Site) -> None:
    token = empty_site.token(ADMIN)
    for number in range(15):
        account = Person(f"Pessoa {number:02}", f"pessoa{number:02}@example.com", "uma-senha-qualquer").account
        empty_site.ask("POST", "/api/users", token=token, json={**account, "role": "user"})
    sign_in(page, ADMIN)

    expect(page.get_by_text("página 1 de 2")).to_be_visible()
    page.get_by_role("button", name="Próxima").click()
    expect(page.get_by_text("página 2 de 2")).to_be_visible()
    page.reload()
    expect(page.get_by_text("página 2 de 2")).to_be_visible()

    page.get_by_label("Buscar por nome ou e-mail").fill("pessoa07")
    expect(page.get_by_text("1 usuário", exact=True)).to_be_visible()
    page.get_by_label("Buscar por nome ou e-mail").fill("pessoa")
    expect(page.get_by_text("15 usuários, página 1 de 2")).to_be_visible()
    page.get_by_role("button", name=re.compile("E-mail")).click()
    page.get_by_role("button", name=re.compile("E-mail")).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("pessoa14@example.com")

    for user in empty_site.ask("GET", "/api/users", token=token, params={"search": "pessoa", "page_size": 100}).json()["items"]:
        empty_site.ask("DELETE", f"/api/users/{user['id']}", token=token)


def test_a_user_is_offered_only_what_a_user_may(page: Page, empty_site: Site) -> None:
    sign_in(page, USER)

    expect(row(page, USER)).to_be_visible()
    expect(page.get_by_role("link", name="Novo usuário")).to_have_count(0)
    expect(row(page, ADMIN).get_by_role("link", name="Editar")).to_have_count(0)
    expect(row(page, ADMIN).get_by_role("link", name="Excluir")).to_have_count(0)
    row(page, USER).get_by_role("link", name="Editar").click()
    expect(page.get_by_label("Nome", exact=True)).to_have_value(USER.name)
    expect(page.get_by_label("Perfil")).to_have_count(0)

    admin = empty_site.ask("GET", "/api/auth/me", token=empty_site.token(ADMIN)).json()
    page.goto(f"/usuarios/{admin['id']}/excluir")
    expect(page.get_by_role("dialog")).to_contain_text("não permite")


def test_a_script_in_a_name_is_only_a_name(page: Page, empty_site: Site) -> None:
    script = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    mallory = Person(script, "mallory-script@example.com", "uma-senha-qualquer")
    empty_site.register(mallory, "user")
    sign_in(page, ADMIN)

    expect(row(page, mallory)).to_contain_text(script)
    row(page, mallory).get_by_role("link", name="Ver").click()
    expect(page.get_by_role("dialog")).to_contain_text(script)
    assert "hacked" not in page.title()
    found = empty_site.ask("GET", "/api/users", token=empty_site.token(ADMIN), params={"search": mallory.email})
    empty_site.ask("DELETE", f"/api/users/{found.json()['items'][0]['id']}", token=empty_site.token(ADMIN))


def test_a_session_that_ended_leads_to_the_login_and_back(page: Page) -> None:
    sign_in(page, USER)
    page.get_by_role("link", name="Estatísticas").click()
    expect(page.get_by_role("heading", name="Estatísticas", level=1)).to_be_visible()
    # As if the key had been changed meanwhile: the token is still there, and worth nothing.
    page.evaluate(
        "() => { for (const [key, value] of Object.entries(localStorage))"
        " localStorage.setItem(key, value.replace(/eyJ[\\w-]+/, 'eyJhbGciOiJIUzI1NiJ9')); }"
    )
    page.reload()

    expect(page.get_by_role("alert")).to_contain_text("Sua sessão expirou")
    page.get_by_label("E-mail", exact=True).fill(USER.email)
    page.get_by_label("Senha", exact=True).fill(USER.password)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", name="Estatísticas", level=1)).to_be_visible()


def test_a_backend_that_is_away_is_said_and_comes_back(page: Page, empty_site: Site) -> None:
    sign_in(page, USER)
    labels = (f"com.docker.compose.project={empty_site.project}", "com.docker.compose.service=backend")
    backend = docker.text("ps", "--quiet", *(f"--filter=label={label}" for label in labels)).strip()
    docker.text("stop", "--time", "2", backend)
    try:
        # A container that is gone is noticed by a connection that nobody takes: how long that lasts is the kernel's.
        expect(page.get_by_role("banner")).to_contain_text("sem resposta", timeout=60_000)
        page.get_by_role("link", name="Estatísticas").click()
        expect(page.get_by_role("button", name="Tentar de novo")).to_be_visible(timeout=60_000)
    finally:
        docker.text("start", backend)
    expect(page.get_by_role("banner")).to_contain_text("dev", timeout=60_000)
    page.get_by_role("button", name="Tentar de novo").click()
    expect(page.get_by_role("heading", name="Por década de nascimento")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_it_is_beautiful_and_accessible_in_both_flavours(page: Page, empty_site: Site, flavour: str) -> None:
    token = empty_site.token(ADMIN)
    for person in OTHERS:
        empty_site.ask("POST", "/api/users", token=token, json={**person.account, "role": "user"})
    page.emulate_media(color_scheme=FLAVOURS[flavour], reduced_motion="reduce")  # type: ignore[arg-type]
    sign_in(page, ADMIN)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    expect(page.get_by_role("row")).to_have_count(1 + 2 + len(OTHERS))
    assert_accessible(page)
    page.screenshot(path=SCREENSHOTS / f"app-list-{flavour}.png")
    page.get_by_role("link", name="Novo usuário").click()
    fill(page, SOMEBODY)
    assert_accessible(page)
    page.screenshot(path=SCREENSHOTS / f"app-form-{flavour}.png")
    page.get_by_role("button", name="Cancelar").click()
    page.get_by_role("link", name="Estatísticas").click()
    expect(page.get_by_role("heading", name="Por década de nascimento")).to_be_visible()
    assert_accessible(page)
    page.screenshot(path=SCREENSHOTS / f"app-statistics-{flavour}.png")
