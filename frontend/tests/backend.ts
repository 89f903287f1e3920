import { vi } from "vitest";

import type { NewUser, User, Version } from "../src/api";

export const ANA: User = { id: 1, name: "Ana Souza", email: "ana@example.com", birth_date: "1990-04-12" };
export const BIA: User = { id: 2, name: "Bia Lima", email: "bia@example.com", birth_date: "1985-11-30" };
export const VERSION: Version = { tag: "0a1b2c3d", commit: "0a1b2c3d4e5f", environment: "dev" };

/** Stands in for the backend behind `fetch`: keeps users, and records each change asked for. */
export function fakeBackend(...stored: User[]) {
  const users = new Map(stored.map((user) => [user.id, user]));
  const changes: string[] = [];
  const state = { users, changes, version: VERSION as Version | null, refuse: 0 };

  function answer(method: string, path: string, body: NewUser | undefined): [number, unknown] {
    const id = Number(path.split("/")[3]);
    if (path === "/api/version") return state.version ? [200, state.version] : [503, {}];
    if (method !== "GET") changes.push(`${method} ${path}`);
    if (state.refuse) return [state.refuse, { detail: "refused" }];
    if (method === "POST" && body) {
      const user = { id: 1 + Math.max(0, ...users.keys()), ...body };
      users.set(user.id, user);
      return [201, user];
    }
    if (path === "/api/users") return [200, [...users.values()]];
    if (method === "DELETE") return users.delete(id) ? [204, null] : [404, { detail: "missing" }];
    const user = users.get(id);
    if (!user) return [404, { detail: "missing" }];
    if (method === "PATCH") users.set(id, { ...user, ...body });
    return [200, users.get(id)];
  }

  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    const body = typeof init?.body === "string" ? (JSON.parse(init.body) as NewUser) : undefined;
    const [status, json] = answer(init?.method ?? "GET", path, body);
    return new Response(json === null ? null : JSON.stringify(json), { status });
  });
  return state;
}
