import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend } from "./backend";
import { address, dialog, expectAccessible, openPage, rowOf } from "./page";

test("shows one user, and Escape leads back to the same list", async () => {
  fakeBackend(ANA, BIA);
  const user = openPage("/usuarios?ordem=-name");

  await user.click((await rowOf(BIA)).getByText("Ver"));

  expect(await (await dialog()).findByText(BIA.email)).toBeTruthy();
  await expectAccessible();
  await user.click((await dialog()).getByText("Fechar"));
  expect(screen.queryByRole("dialog")).toBeNull();

  await user.click((await rowOf(BIA)).getByText("Ver"));
  (await dialog()).getByText("Fechar").focus();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(address()).toBe("/usuarios?ordem=-name");
});

test("has an address of its own", async () => {
  fakeBackend(ANA, BIA);
  openPage("/usuarios/2");

  expect(await (await dialog()).findByText("30/11/1985")).toBeTruthy();
});

test("says that a user is gone by now", async () => {
  fakeBackend(ANA);
  openPage("/usuarios/7");

  expect((await (await dialog()).findByRole("alert")).textContent).toContain("Este usuário não existe mais.");
});
