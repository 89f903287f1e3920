import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend, problem, STATS } from "./backend";
import { expectAccessible, openPage } from "./page";

test("shows totals, roles and the newest users", async () => {
  fakeBackend(ANA);
  openPage("/estatisticas");

  expect((await screen.findByText("Pessoas no cadastro")).nextSibling?.textContent).toBe("1.234");
  expect(screen.getByText("Administradores").nextSibling?.textContent).toBe("4");
  const newest = within(screen.getByRole("region", { name: "Mais recentes" }));
  expect(newest.getAllByRole("listitem").map((item) => item.firstChild?.textContent)).toEqual([
    BIA.name,
    ANA.name,
  ]);
  await expectAccessible();
});

test("draws a bar for each decade, also one without anybody", async () => {
  fakeBackend(ANA);
  openPage("/estatisticas");

  const chart = await screen.findByRole("img", { name: /1980: 1; 1990: 0; 2000: 3/ });
  const widths = [...chart.querySelectorAll("rect")].map((bar) => parseFloat(bar.getAttribute("width") ?? ""));
  expect(widths[1]).toBe(0);
  expect(widths[2]).toBeCloseTo(3 * (widths[0] ?? NaN));
});

test("has nothing to draw without users", async () => {
  const backend = fakeBackend(ANA);
  backend.stats = { ...STATS, by_decade: [], newest: [] };
  openPage("/estatisticas");

  expect(await screen.findByText("Nenhum usuário ainda.")).toBeTruthy();
});

test("says why there are no figures", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  await screen.findByText(ANA.email);
  backend.refusal = problem(500, "internal");

  await user.click(screen.getByRole("link", { name: "Estatísticas" }));

  expect((await screen.findByRole("alert")).textContent).toContain("O servidor encontrou um erro inesperado.");
});
