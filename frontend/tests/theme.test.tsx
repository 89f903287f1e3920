import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { savedTheme } from "../src/theme";
import { fakeBackend } from "./backend";
import { openSignedOut } from "./page";

const shown = () => document.documentElement.dataset["theme"];

test("follows the system until something else is chosen, and remembers the choice", async () => {
  fakeBackend();
  const user = openSignedOut("/entrar");
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "Sistema" }).checked).toBe(true);

  await user.click(screen.getByRole("radio", { name: "Escuro" }));

  expect(shown()).toBe("dark");
  expect(savedTheme()).toBe("dark");

  await user.click(screen.getByRole("radio", { name: "Sistema" }));
  expect(shown()).toBe("system");
});

test("a choice that does not exist is the system's", () => {
  localStorage.setItem("theme", "purple");

  expect(savedTheme()).toBe("system");
});
