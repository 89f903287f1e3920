import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend, problem } from "./backend";
import { dialog, expectAccessible, openPage, rowOf } from "./page";

test("deletes a user after asking", async () => {
  const backend = fakeBackend(ANA, BIA);
  const user = openPage();

  await user.click((await rowOf(BIA)).getByText("Excluir"));
  const question = await dialog();
  await question.findByText("Excluir de vez");
  expect(document.activeElement?.textContent).toBe("Cancelar");
  expect(backend.changes).toEqual([]);
  await expectAccessible();
  await user.click(question.getByText("Excluir de vez"));

  expect(await screen.findByText("Bia Lima foi excluído do cadastro.")).toBeTruthy();
  expect(screen.queryByText(BIA.email)).toBeNull();
  await rowOf(ANA);
  expect(backend.changes).toEqual([{ request: "DELETE /api/users/2", body: {} }]);
});

test("deletes nothing when cancelled", async () => {
  const backend = fakeBackend(ANA, BIA);
  const user = openPage();

  await user.click((await rowOf(BIA)).getByText("Excluir"));
  await user.click(await (await dialog()).findByText("Cancelar"));

  await rowOf(BIA);
  expect(backend.changes).toEqual([]);
});

test("says that the last administrator stays", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage("/usuarios/1/excluir");
  const question = await dialog();
  await question.findByText("Excluir de vez");

  backend.refusal = problem(409, "last-admin");
  await user.click(question.getByText("Excluir de vez"));

  expect((await question.findByRole("alert")).textContent).toContain("Este é o último administrador");
});

test("who deletes itself is signed out", async () => {
  fakeBackend(ANA, BIA);
  const user = openPage("/usuarios/1/excluir");

  await user.click(await (await dialog()).findByText("Excluir de vez"));

  expect(await screen.findByRole("heading", { name: "Entrar" })).toBeTruthy();
  expect(localStorage.length).toBe(0);
});

test("is not offered to a plain user, not even by its address", async () => {
  fakeBackend(BIA, ANA);
  openPage("/usuarios/1/excluir");

  expect((await (await dialog()).findByRole("alert")).textContent).toBe("Seu perfil não permite esta ação.");
  expect((await rowOf(BIA)).queryByText("Excluir")).toBeNull();
});
