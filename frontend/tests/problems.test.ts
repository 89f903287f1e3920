import { expect, test } from "vitest";

import { messageOf, problemOf } from "../src/api/problems";

const meaning = (body: unknown, status: number, headers = {}) =>
  problemOf(body, new Response(null, { status, headers }));

test("an answer that is no problem is told by its status", () => {
  expect(meaning("<html>Bad gateway</html>", 502).message).toBe("O servidor respondeu com o erro 502.");
  expect(meaning(undefined, 418).message).toBe("O servidor respondeu com o erro 418.");
  expect(meaning({ type: "/problems/from-the-future" }, 400).message).toBe("O servidor respondeu com o erro 400.");
});

test("a type that is a property of every object is still unknown", () => {
  expect(meaning({ type: "constructor" }, 400).message).toBe("O servidor respondeu com o erro 400.");
});

test("one second is not many", () => {
  const { message } = meaning({ type: "/problems/too-many-attempts" }, 429, { "Retry-After": "1" });

  expect(message).toBe("Muitas tentativas. Tente de novo em 1 segundo.");
});

test("a field that the page does not know has a sentence too", () => {
  const body = { type: "/problems/validation", errors: [{ field: "page_size", message: "too large" }] };

  expect(meaning(body, 422).fields).toEqual({ page_size: "Valor inválido." });
});

test("an error of the page itself is not blamed on the server", () => {
  expect(messageOf(new TypeError("x is undefined"))).toBe(
    "Algo deu errado nesta página. Recarregue e tente de novo.",
  );
});
