import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, fakeBackend, PASSWORD, problem } from "./backend";
import { enter, expectAccessible, openSignedOut, rowOf, sentenceAt } from "./page";

async function fill(user: ReturnType<typeof openSignedOut>) {
  await enter(user, await screen.findByLabelText("Nome"), ANA.name);
  await enter(user, screen.getByLabelText("E-mail"), ANA.email);
  fireEvent.change(screen.getByLabelText("Data de nascimento"), { target: { value: ANA.birth_date } });
  await enter(user, screen.getByLabelText("Senha"), PASSWORD);
}

const submit = () => screen.getByRole("button", { name: "Criar conta" });

test("the first user can be the administrator, and is signed in at once", async () => {
  const backend = fakeBackend();
  const user = openSignedOut("/criar-conta");
  await fill(user);
  await expectAccessible();

  await user.click(screen.getByLabelText(/Sou o primeiro usuário/));
  await user.click(submit());

  await rowOf(ANA);
  const { name, email, birth_date } = ANA;
  expect(backend.changes).toEqual([
    { request: "POST /api/auth/register", body: { name, email, birth_date, password: PASSWORD, role: "admin" } },
    { request: "POST /api/auth/login", body: { email, password: PASSWORD } },
  ]);
  expect(screen.getByRole("link", { name: "Novo usuário" })).toBeTruthy();
});

test("whoever asks for nothing else becomes a plain user", async () => {
  const backend = fakeBackend();
  const user = openSignedOut("/criar-conta");
  await fill(user);

  await user.click(submit());

  await waitFor(() => expect(backend.users.get(1)?.role).toBe("user"));
});

test("says at the box that the system already has users", async () => {
  fakeBackend().refusal = problem(403, "forbidden");
  const user = openSignedOut("/criar-conta");
  await fill(user);
  const box = screen.getByLabelText(/Sou o primeiro usuário/);

  await user.click(box);
  await user.click(submit());

  await waitFor(() => expect(sentenceAt(box)).toContain("O sistema já tem usuários"));
  expect(document.activeElement).toBe(box);
  expect(screen.getByLabelText<HTMLInputElement>("Nome").value).toBe(ANA.name);
});

test("what is missing is said at the fields, before the server is asked", async () => {
  const backend = fakeBackend();
  const user = openSignedOut("/criar-conta");
  await screen.findByLabelText("Nome");

  await user.click(submit());

  expect(sentenceAt(screen.getByLabelText("Nome"))).toBe("Informe um nome de até 120 caracteres.");
  expect(sentenceAt(screen.getByLabelText("Data de nascimento"))).toBe(
    "Informe uma data entre 01/01/1900 e hoje.",
  );
  expect(document.activeElement).toBe(screen.getByLabelText("Nome"));
  expect(backend.changes).toEqual([]);
});
