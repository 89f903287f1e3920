import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { BrowserRouter } from "react-router";
import { expect } from "vitest";

import type { User } from "../src/api";
import { App } from "../src/App";
import { startSession } from "../src/session/session";

/** The page at an address, opened by somebody who is signed in, with hands on keyboard and mouse. */
export function openPage(address = "/usuarios") {
  startSession("token", 3600);
  return openSignedOut(address);
}

/** The page as somebody finds it who is not signed in. */
export function openSignedOut(address = "/") {
  history.replaceState(null, "", address);
  render(
    <BrowserRouter>
      <App />
    </BrowserRouter>,
  );
  return userEvent.setup({ delay: null });
}

/** Puts a text into a field in one go, as a password manager does: letter by letter takes its time. */
export async function enter(user: ReturnType<typeof openPage>, field: HTMLElement, value: string) {
  await user.click(field);
  await user.paste(value);
}

/** Where the page is. */
export function address(): string {
  return location.pathname + location.search;
}

/** The row of a user in the list. */
export async function rowOf(user: User) {
  const row = (await screen.findByText(user.email)).closest("tr");
  if (!row) throw new Error(`no row for ${user.email}`);
  return within(row);
}

/** The dialog that opens, or is open. */
export async function dialog() {
  return within(await screen.findByRole("dialog"));
}

/** The sentence that a field is described by. */
export function sentenceAt(field: HTMLElement): string {
  const ids = field.getAttribute("aria-describedby")?.split(" ") ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent).join(" ");
}

/** Nothing that axe objects to, as far as it can tell without colours. */
export async function expectAccessible() {
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}
