import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend, PASSWORD, problem } from "./backend";
import { address, enter, expectAccessible, openPage, openSignedOut, rowOf } from "./page";

type Hands = ReturnType<typeof openPage>;

async function logIn(user: Hands, email = ANA.email, password = PASSWORD) {
  await enter(user, await screen.findByLabelText("E-mail"), email);
  await enter(user, screen.getByLabelText("Senha"), password);
  await user.click(screen.getByRole("button", { name: "Entrar" }));
}

test("leads to the list after signing in", async () => {
  fakeBackend(ANA, BIA);
  const user = openSignedOut();
  await screen.findByRole("heading", { name: "Entrar" });
  await expectAccessible();

  await logIn(user);

  await rowOf(BIA);
  expect(address()).toBe("/usuarios");
  expect(document.title).toBe("Usuários · Cadastro");
});

test("leads back to the page that was asked for", async () => {
  fakeBackend(ANA);
  const user = openSignedOut("/estatisticas");

  await logIn(user);

  expect(await screen.findByRole("heading", { name: "Estatísticas" })).toBeTruthy();
});

test("says that e-mail or password are wrong, and keeps the e-mail", async () => {
  fakeBackend(ANA);
  await logIn(openSignedOut("/entrar"), ANA.email, "wrong password");

  expect((await screen.findByRole("alert")).textContent).toBe("E-mail ou senha incorretos.");
  expect(screen.getByLabelText<HTMLInputElement>("E-mail").value).toBe(ANA.email);
});

test("says how long to wait after too many attempts", async () => {
  fakeBackend().refusal = problem(429, "too-many-attempts", [], { "Retry-After": "30" });
  await logIn(openSignedOut("/entrar"));

  expect((await screen.findByRole("alert")).textContent).toBe("Muitas tentativas. Tente de novo em 30 segundos.");
});

test("says that nobody answers, and works once somebody does", async () => {
  const backend = fakeBackend(ANA);
  backend.down = true;
  const user = openSignedOut("/entrar");
  await logIn(user);
  expect((await screen.findByRole("alert")).textContent).toContain("O servidor não responde.");

  backend.down = false;
  await user.click(screen.getByRole("button", { name: "Entrar" }));

  await rowOf(ANA);
});

test("signing out forgets the token and the page that was open", async () => {
  fakeBackend(ANA);
  const user = openPage("/estatisticas");

  await user.click(await screen.findByRole("link", { name: "Sair" }));

  await screen.findByRole("heading", { name: "Entrar" });
  expect(localStorage.length).toBe(0);
  expect(screen.queryByRole("alert")).toBeNull();
  await logIn(user);
  await waitFor(() => expect(address()).toBe("/usuarios"));
});
