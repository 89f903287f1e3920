import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend, PASSWORD, problem } from "./backend";
import { dialog, expectAccessible, openPage, rowOf } from "./page";

test("edits a user, starting from what is stored, and sends only what changed", async () => {
  const backend = fakeBackend(ANA, BIA);
  const user = openPage();

  await user.click((await rowOf(BIA)).getByText("Editar"));
  const form = await dialog();
  const name = await form.findByLabelText<HTMLInputElement>("Nome");
  expect(name.value).toBe(BIA.name);
  await expectAccessible();
  await user.clear(name);
  await user.type(name, "Bia Lima Castro");
  await user.selectOptions(form.getByLabelText("Perfil"), "Administrador");
  await user.click(form.getByText("Salvar"));

  expect(await screen.findByText("Os dados de Bia Lima Castro foram salvos.")).toBeTruthy();
  expect(screen.getByRole("rowheader", { name: "Bia Lima Castro" })).toBeTruthy();
  expect(backend.changes).toEqual([
    { request: "PATCH /api/users/2", body: { name: "Bia Lima Castro", role: "admin" } },
  ]);
});

test("changes nothing when cancelled", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();

  await user.click((await rowOf(ANA)).getByText("Editar"));
  const form = await dialog();
  await user.type(await form.findByLabelText("Nome"), "!");
  await user.click(form.getByText("Cancelar"));

  expect(screen.queryByRole("dialog")).toBeNull();
  expect(backend.changes).toEqual([]);
});

test("asks for nothing when nothing changed", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage("/usuarios/1/editar");

  await user.click(await (await dialog()).findByText("Salvar"));

  expect(screen.queryByRole("dialog")).toBeNull();
  expect(backend.changes).toEqual([]);
});

test("a plain user edits only itself, and not its role", async () => {
  const backend = fakeBackend(BIA, ANA);
  const user = openPage();

  expect((await rowOf(ANA)).queryByText("Editar")).toBeNull();
  await user.click((await rowOf(BIA)).getByText("Editar"));
  const form = await dialog();
  await user.type(await form.findByLabelText("Senha"), PASSWORD);
  expect(form.queryByLabelText("Perfil")).toBeNull();
  await user.click(form.getByText("Salvar"));

  await screen.findByText("Os dados de Bia Lima foram salvos.");
  expect(backend.changes).toEqual([{ request: "PATCH /api/users/2", body: { password: PASSWORD } }]);
});

test("a plain user is not offered another's data by the address", async () => {
  fakeBackend(BIA, ANA);
  openPage("/usuarios/1/editar");

  expect((await (await dialog()).findByRole("alert")).textContent).toBe("Seu perfil não permite esta ação.");
});

test("says that the last administrator stays one", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage("/usuarios/1/editar");
  const form = await dialog();
  await user.selectOptions(await form.findByLabelText("Perfil"), "Usuário");

  backend.refusal = problem(409, "last-admin");
  await user.click(form.getByText("Salvar"));

  expect((await form.findByRole("alert")).textContent).toContain("Este é o último administrador");
});
