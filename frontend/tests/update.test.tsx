import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, fakeBackend } from "./backend";
import { dialog, openPage, rowOf } from "./page";

test("edits a user, starting from what is stored", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();

  await user.click((await rowOf(ANA)).getByText("Editar"));
  const name = dialog().getByLabelText<HTMLInputElement>("Nome");
  expect(name.value).toBe(ANA.name);
  await user.clear(name);
  await user.type(name, "Ana Lima");
  await user.click(dialog().getByText("Salvar"));

  expect(await screen.findByText("Ana Lima")).toBeTruthy();
  expect(backend.changes).toEqual(["PATCH /api/users/1"]);
});

test("changes nothing when cancelled", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();

  await user.click((await rowOf(ANA)).getByText("Editar"));
  await user.type(dialog().getByLabelText("Nome"), "!");
  await user.click(dialog().getByText("Cancelar"));

  expect(screen.queryByRole("dialog")).toBeNull();
  expect(backend.changes).toEqual([]);
});
