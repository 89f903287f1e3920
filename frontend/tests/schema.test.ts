import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

import document from "../openapi.json?raw";

test("schema.d.ts is what openapi.json says; `npm run api` makes it so", async () => {
  // Without a name each operation stands at its path: changes of two of them do not touch each other.
  const nameless = JSON.parse(document, (key, value) => (key === "operationId" ? undefined : value));
  const generated = COMMENT_HEADER + astToString(await openapiTS(nameless));

  await expect(generated).toMatchFileSnapshot("../src/api/schema.d.ts");
});
