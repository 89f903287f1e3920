import { render, screen } from "@testing-library/react";
import { useState } from "react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { straighten, tolerateTranslation } from "../src/browser";
import { Failure } from "../src/layout/Failure";
import { currentSession, endSession, startSession } from "../src/session/session";
import { chooseTheme, savedTheme } from "../src/theme";

afterEach(() => {
  vi.restoreAllMocks();
});

/** As a browser does that blocks all cookies. */
function refuseStorage() {
  for (const name of ["getItem", "setItem", "removeItem"] as const) {
    vi.spyOn(Storage.prototype, name).mockImplementation(() => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    });
  }
}

test("where the browser refuses to remember, one can sign in and out, and choose", () => {
  refuseStorage();
  expect(currentSession().state).toBe("signed-out");

  startSession("token", 60);
  expect(currentSession()).toMatchObject({ state: "active", token: "token" });
  endSession();
  expect(currentSession().state).toBe("signed-out");

  chooseTheme("dark");
  expect(savedTheme()).toBe("dark");
  chooseTheme("system");
});

test.each([
  ["/usuarios//3", "/usuarios/3"],
  ["//usuarios?busca=a//b#x", "/usuarios?busca=a//b#x"],
  ["/usuarios", "/usuarios"],
])("the address %s is taken as it was meant", (typed, meant) => {
  expect(straighten(new URL(`http://dev.app.localhost${typed}`) as unknown as Location)).toBe(meant);
});

test("a page that fails says so, and leads out", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const Broken = () => {
    throw new Error("no such thing");
  };

  render(
    <Failure>
      <Broken />
    </Failure>,
  );

  expect(screen.getByRole("heading", { name: "Esta página falhou" })).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("no such thing");
  expect(screen.getByRole("link", { name: "sair e começar de novo" }).getAttribute("href")).toBe("/sair");
});

test("a page whose texts a browser has moved to translate them goes on", async () => {
  const { removeChild, insertBefore } = Node.prototype;
  tolerateTranslation();
  function Counter() {
    const [count, setCount] = useState(0);
    return (
      <button onClick={() => setCount(count + 1)}>
        {count % 2 === 0 && "even"}
        <i>{count}</i>
      </button>
    );
  }
  render(<Counter />);
  const button = screen.getByRole("button");
  const font = document.createElement("font");
  button.insertBefore(font, button.firstChild);
  font.append(font.nextSibling as Node);

  const user = userEvent.setup({ delay: null });
  await user.click(button);
  expect(button.textContent).toBe("1");
  await user.click(button);

  expect(button.textContent).toContain("even");
  Object.assign(Node.prototype, { removeChild, insertBefore });
});
