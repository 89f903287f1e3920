import createClient, { type Middleware } from "openapi-fetch";

import { currentSession, expireSession } from "../session/session";
import { problemOf, unreachable } from "./problems";
import type { paths } from "./schema";

const bearer = (token: string) => `Bearer ${token}`;

const authentication: Middleware = {
  onRequest({ request }) {
    const session = currentSession();
    if (session.state === "active") request.headers.set("Authorization", bearer(session.token));
  },
  onResponse({ request, response }) {
    const session = currentSession();
    // A late answer to an older token says nothing about the one in use now.
    const refused = session.state === "active" && request.headers.get("Authorization") === bearer(session.token);
    if (response.status === 401 && refused) expireSession();
  },
};

/** Typed by the backend's OpenAPI document: `npm run api` brings schema.d.ts up to date. */
export const client = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => fetch(request),
});
client.use(authentication);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for; otherwise throws an `ApiError`. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw problemOf(error, response);
  return data as T;
}
