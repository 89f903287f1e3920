import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

import document from "../openapi.json?raw";
import schema from "../src/api/schema.d.ts?raw";

test("schema.d.ts is what openapi.json says; `npm run api` makes it so", async () => {
  const generated = COMMENT_HEADER + astToString(await openapiTS(document));

  expect(schema).toBe(generated);
});
