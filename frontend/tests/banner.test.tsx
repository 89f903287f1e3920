import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { fakeBackend, VERSION } from "./backend";
import { openPage } from "./page";

test("shows environment and image tag", async () => {
  fakeBackend();
  openPage();

  expect(await screen.findByText(VERSION.tag)).toBeTruthy();
  expect(screen.getByRole("banner").dataset["environment"]).toBe("dev");
});

test("says so when nobody answers", async () => {
  fakeBackend().version = null;
  openPage();

  expect(await screen.findByText("sem resposta")).toBeTruthy();
});
