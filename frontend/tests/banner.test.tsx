import { act, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { ANA, fakeBackend, VERSION } from "./backend";
import { openPage, openSignedOut } from "./page";

afterEach(() => {
  vi.useRealTimers();
});

const twoSeconds = () => act(() => vi.advanceTimersByTimeAsync(2000));

test("shows environment and image tag, to those who are not signed in too", async () => {
  fakeBackend();
  openSignedOut("/entrar");

  expect(await screen.findByText(VERSION.tag)).toBeTruthy();
  expect(screen.getByRole("banner").dataset["environment"]).toBe("dev");
});

test("follows a rollout without a reload, through a moment without an answer", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const backend = fakeBackend(ANA);
  openPage();
  await screen.findByText(VERSION.tag);

  backend.version = null;
  await twoSeconds();
  expect(screen.getByText("sem resposta")).toBeTruthy();
  expect(screen.getByRole("banner").dataset["environment"]).toBe("none");

  backend.version = { ...VERSION, tag: "9f8e7d6c" };
  await twoSeconds();
  expect(screen.getByText("9f8e7d6c")).toBeTruthy();
  expect(screen.queryByText("sem resposta")).toBeNull();
});
