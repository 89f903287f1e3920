import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { ANA, BIA, fakeBackend } from "./backend";
import { dialog, openPage, rowOf } from "./page";

test("deletes a user after asking", async () => {
  const backend = fakeBackend(ANA, BIA);
  const user = openPage();

  await user.click((await rowOf(ANA)).getByText("Excluir"));
  expect(backend.changes).toEqual([]);
  await user.click(dialog().getByText("Excluir de vez"));

  await waitFor(() => expect(screen.queryByText(ANA.email)).toBeNull());
  await rowOf(BIA);
  expect(backend.changes).toEqual(["DELETE /api/users/1"]);
});

test("deletes nothing when cancelled", async () => {
  const backend = fakeBackend(ANA);
  const user = openPage();

  await user.click((await rowOf(ANA)).getByText("Excluir"));
  await user.click(dialog().getByText("Cancelar"));

  await rowOf(ANA);
  expect(backend.changes).toEqual([]);
});
