import { cleanup, configure, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, vi } from "vitest";

import { App } from "../src/App";
import type { User } from "../src/api";

configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** The page, opened, with hands on keyboard and mouse. */
export function openPage() {
  render(<App />);
  return userEvent.setup();
}

/** The row of a user in the list. */
export async function rowOf(user: User) {
  const row = (await screen.findByText(user.email)).closest("tr");
  if (!row) throw new Error(`no row for ${user.email}`);
  return within(row);
}

/** The dialog that is open. */
export function dialog() {
  return within(screen.getByRole("dialog"));
}
