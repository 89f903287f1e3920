import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import type { User } from "../src/api";
import { ANA, BIA, fakeBackend, problem } from "./backend";
import { address, expectAccessible, openPage, rowOf } from "./page";

const CROWD: User[] = Array.from({ length: 23 }, (_, index) => ({
  ...BIA,
  id: index + 1,
  name: `User ${index + 1}`,
  email: `user${index + 1}@example.com`,
}));

test("lists users with dates as they are written in Brazil", async () => {
  fakeBackend(ANA, BIA);
  openPage();

  expect((await rowOf(ANA)).getByText("12/04/1990")).toBeTruthy();
  expect((await rowOf(ANA)).getByText("Administrador")).toBeTruthy();
  expect((await rowOf(BIA)).getByRole("rowheader", { name: "Bia Lima" })).toBeTruthy();
  expect(screen.getByText("2 usuários")).toBeTruthy();
  await expectAccessible();
});

test("says that it is loading", async () => {
  fakeBackend(ANA);
  openPage();

  expect(screen.getByText("Carregando…").getAttribute("aria-busy")).toBe("true");
  await rowOf(ANA);
  expect(screen.queryByText("Carregando…")).toBeNull();
});

test("a name with markup in it is only a name", async () => {
  fakeBackend(ANA, { ...BIA, name: "<img src=x onerror=alert(1)>" });
  openPage();

  await rowOf(BIA);
  expect(screen.getByRole("rowheader", { name: "<img src=x onerror=alert(1)>" })).toBeTruthy();
  expect(document.querySelector("td img, th img")).toBeNull();
});

test("says why there is no list, and tries again when asked", async () => {
  const backend = fakeBackend(ANA);
  backend.refusal = problem(503, "unavailable");
  const user = openPage();

  expect((await screen.findByRole("alert")).textContent).toContain("O servidor está indisponível");
  backend.refusal = null;
  await user.click(screen.getByText("Tentar de novo"));

  await rowOf(ANA);
  expect(screen.queryByRole("alert")).toBeNull();
});

test("searches when the typing pauses, once", async () => {
  const backend = fakeBackend(ANA, BIA);
  const user = openPage("/usuarios?pagina=1");
  await rowOf(BIA);

  await user.type(screen.getByRole("searchbox"), "Ana");

  await waitFor(() => expect(screen.queryByText(BIA.email)).toBeNull());
  await rowOf(ANA);
  expect(backend.searches.map((query) => query.get("search"))).toEqual(["", "Ana"]);
  expect(address()).toBe("/usuarios?busca=Ana");
});

test("says that nobody was found, and leads back to all", async () => {
  fakeBackend(ANA);
  const user = openPage("/usuarios?busca=Zé");

  expect(await screen.findByText("Ninguém encontrado para “Zé”.")).toBeTruthy();
  await user.click(screen.getByText("Limpar busca"));

  await rowOf(ANA);
  expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("");
});

test("orders by a column, and the other way round", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();
  await rowOf(ANA);
  const sortOf = (name: string) => screen.getByRole("columnheader", { name }).getAttribute("aria-sort");
  expect(sortOf("Nome")).toBe("ascending");

  await user.click(screen.getByRole("button", { name: "Nascimento" }));
  expect(sortOf("Nascimento")).toBe("ascending");
  await user.click(screen.getByRole("button", { name: "Nascimento" }));

  expect(sortOf("Nascimento")).toBe("descending");
  expect(sortOf("Nome")).toBeNull();
  await waitFor(() => expect(backend.searches.at(-1)?.get("sort")).toBe("-birth_date"));
});

test("goes through the pages", async () => {
  fakeBackend(...CROWD);
  const user = openPage();

  expect(await screen.findByText("23 usuários, página 1 de 3")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Anterior" }).disabled).toBe(true);
  await user.click(screen.getByRole("button", { name: "Próxima" }));

  expect(await screen.findByText("user11@example.com")).toBeTruthy();
  expect(address()).toBe("/usuarios?pagina=2");
});

test("an address beyond the last page shows the last one", async () => {
  fakeBackend(...CROWD);
  openPage("/usuarios?pagina=9");

  expect(await screen.findByText("user23@example.com")).toBeTruthy();
  expect(address()).toBe("/usuarios?pagina=3");
});

test("a reload stays with search, order and page", async () => {
  const backend = fakeBackend(...CROWD);
  openPage("/usuarios?busca=User&ordem=-email&pagina=2");

  await screen.findByText("user11@example.com");
  const query = Object.fromEntries(backend.searches[0] ?? []);
  expect(query).toEqual({ search: "User", sort: "-email", page: "2", page_size: "10" });
});

test("an order that does not exist is the usual one", async () => {
  const backend = fakeBackend(ANA);
  openPage("/usuarios?ordem=password&pagina=-3");

  await rowOf(ANA);
  expect(backend.searches[0]?.get("sort")).toBe("name");
  expect(backend.searches[0]?.get("page")).toBe("1");
});

test("an unknown address says so", async () => {
  fakeBackend(ANA);
  openPage("/nada");

  expect(await screen.findByRole("heading", { name: "Página não encontrada" })).toBeTruthy();
});
