import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend } from "./backend";
import { dialog, openPage, rowOf } from "./page";

test("lists users with dates as they are written in Brazil", async () => {
  fakeBackend(ANA, BIA);
  openPage();

  expect((await rowOf(ANA)).getByText("12/04/1990")).toBeTruthy();
  expect((await rowOf(BIA)).getByText("Bia Lima")).toBeTruthy();
});

test("says that there is nobody yet", async () => {
  fakeBackend();
  openPage();

  expect(await screen.findByText(/Nenhum usuário ainda/)).toBeTruthy();
});

test("says why there is no list, and tries again when asked", async () => {
  const backend = fakeBackend(ANA);
  backend.refuse = 503;
  const user = openPage();

  expect((await screen.findByRole("alert")).textContent).toContain("erro 503");
  backend.refuse = 0;
  await user.click(screen.getByText("Tentar de novo"));

  await rowOf(ANA);
  expect(screen.queryByRole("alert")).toBeNull();
});

test("shows one user", async () => {
  fakeBackend(ANA);
  const user = openPage();

  await user.click((await rowOf(ANA)).getByText("Ver"));

  expect(await dialog().findByText(ANA.email)).toBeTruthy();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("says that a user is gone by now", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  const row = await rowOf(ANA);
  backend.users.clear();

  await user.click(row.getByText("Ver"));

  expect((await dialog().findByRole("alert")).textContent).toBe("Este usuário não existe mais.");
});
