import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend, PASSWORD, problem } from "./backend";
import { dialog, enter, expectAccessible, openPage, rowOf, sentenceAt } from "./page";

async function fill(user: ReturnType<typeof openPage>) {
  await rowOf(ANA);
  // Whoever sees the list sees the link: one that is missing now would be waited for in vain.
  await user.click(await screen.findByRole("link", { name: "Novo usuário" }, { timeout: 0 }));
  const form = await dialog();
  await enter(user, form.getByLabelText("Nome"), BIA.name);
  await enter(user, form.getByLabelText("E-mail"), BIA.email);
  fireEvent.change(form.getByLabelText("Data de nascimento"), { target: { value: BIA.birth_date } });
  await enter(user, form.getByLabelText("Senha"), PASSWORD);
  return form;
}

test("creates a user and shows it in the list", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  const form = await fill(user);
  await expectAccessible();

  await user.selectOptions(form.getByLabelText("Perfil"), "Administrador");
  await user.click(form.getByText("Criar"));

  expect(await screen.findByText("Bia Lima agora faz parte do cadastro.")).toBeTruthy();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect((await rowOf(BIA)).getByText("30/11/1985")).toBeTruthy();
  const { name, email, birth_date } = BIA;
  expect(backend.changes).toEqual([
    { request: "POST /api/users", body: { name, email, birth_date, password: PASSWORD, role: "admin" } },
  ]);
});

test("keeps what was typed when the address is taken, and says so at the address", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  const form = await fill(user);

  backend.refusal = problem(409, "email-taken");
  await user.click(form.getByText("Criar"));

  await form.findByText("Já existe um usuário com este e-mail.");
  const email = form.getByLabelText<HTMLInputElement>("E-mail");
  expect(sentenceAt(email)).toBe("Já existe um usuário com este e-mail.");
  expect(email.getAttribute("aria-invalid")).toBe("true");
  expect(email.value).toBe(BIA.email);
});

test("shows what the server finds invalid at its field", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  const form = await fill(user);

  backend.refusal = problem(422, "validation", ["birth_date"]);
  await user.click(form.getByText("Criar"));

  await form.findByText("Informe uma data entre 01/01/1900 e hoje.");
  expect(document.activeElement).toBe(form.getByLabelText("Data de nascimento"));
});

test("survives a server that goes away in between", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  const form = await fill(user);

  backend.down = true;
  await user.click(form.getByText("Criar"));
  expect((await form.findByRole("alert")).textContent).toContain("O servidor não responde.");
  backend.down = false;
  await user.click(form.getByText("Criar"));

  await rowOf(BIA);
});

test("is not offered to a plain user, not even by its address", async () => {
  fakeBackend(BIA, ANA);
  openPage("/usuarios/novo");

  expect((await (await dialog()).findByRole("alert")).textContent).toBe("Seu perfil não permite esta ação.");
  expect(screen.queryByRole("link", { name: "Novo usuário" })).toBeNull();
});
