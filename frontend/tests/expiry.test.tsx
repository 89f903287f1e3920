import { act, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { startSession } from "../src/session/session";
import { ANA, BIA, fakeBackend, PASSWORD, problem } from "./backend";
import { address, enter, openPage, openSignedOut, rowOf } from "./page";

const EXPIRED = /Sua sessão expirou/;

afterEach(() => {
  vi.useRealTimers();
});

test("a token that the server no longer takes leads to the login page, and from there back", async () => {
  const backend = fakeBackend(ANA, BIA);
  const user = openPage("/usuarios?ordem=-email");
  await rowOf(BIA);

  backend.me = undefined;
  await user.click(screen.getByRole("link", { name: "Estatísticas" }));
  expect(await screen.findByText(EXPIRED)).toBeTruthy();
  expect(address()).toBe("/entrar");

  await enter(user, screen.getByLabelText("E-mail"), ANA.email);
  await enter(user, screen.getByLabelText("Senha"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Entrar" }));

  expect(await screen.findByRole("heading", { name: "Estatísticas" })).toBeTruthy();
});

test("a session ends when its time is over, without anybody doing anything", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  fakeBackend(ANA);
  startSession("token", 60);
  openSignedOut("/usuarios");
  await rowOf(ANA);

  await act(() => vi.advanceTimersByTimeAsync(60_000));

  expect(screen.getByText(EXPIRED)).toBeTruthy();
});

test("a token that expired while the page was closed is not even tried", async () => {
  const backend = fakeBackend(ANA);
  startSession("token", -1);
  openSignedOut("/usuarios");

  expect(await screen.findByText(EXPIRED)).toBeTruthy();
  expect(backend.searches).toEqual([]);
});

test("another tab that signs out takes this one along", async () => {
  fakeBackend(ANA);
  openPage();
  await rowOf(ANA);

  localStorage.removeItem("session");
  act(() => void window.dispatchEvent(new StorageEvent("storage", { key: "session" })));

  expect(await screen.findByRole("heading", { name: "Entrar" })).toBeTruthy();
  expect(screen.queryByText(EXPIRED)).toBeNull();
});

test.each(["not JSON", "null", '{"token":7}'])("what is no session (%s) is nobody signed in", async (stored) => {
  fakeBackend(ANA);
  localStorage.setItem("session", stored);
  openSignedOut("/usuarios");

  expect(await screen.findByRole("heading", { name: "Entrar" })).toBeTruthy();
});

test("a refusal is not the end of the session", async () => {
  const backend = fakeBackend(ANA);
  backend.refusal = problem(403, "forbidden");
  openPage();

  expect((await screen.findByRole("alert")).textContent).toContain("Seu perfil não permite esta ação.");
  expect(address()).toBe("/usuarios");
});
