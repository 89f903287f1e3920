import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, fakeBackend } from "./backend";
import { dialog, openPage, rowOf } from "./page";

async function fillAndSubmit(user: ReturnType<typeof openPage>) {
  await user.click(await screen.findByText("Novo usuário"));
  await user.type(dialog().getByLabelText("Nome"), ANA.name);
  await user.type(dialog().getByLabelText("E-mail"), ANA.email);
  await user.type(dialog().getByLabelText("Data de nascimento"), ANA.birth_date);
  await user.click(dialog().getByText("Criar"));
}

test("creates a user and shows it in the list", async () => {
  const backend = fakeBackend();
  await fillAndSubmit(openPage());

  expect((await rowOf(ANA)).getByText("12/04/1990")).toBeTruthy();
  expect(backend.users.get(1)).toEqual(ANA);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("keeps what was typed when the address is taken", async () => {
  fakeBackend().refuse = 409;
  await fillAndSubmit(openPage());

  expect((await dialog().findByRole("alert")).textContent).toBe("Já existe um usuário com este e-mail.");
  expect(dialog().getByLabelText<HTMLInputElement>("Nome").value).toBe(ANA.name);
});
