import { vi } from "vitest";

import type { NewUser, Stats, User, UserPage, Version } from "../src/api";

const MOMENTS = { created_at: "2026-01-16T15:30:00Z", updated_at: "2026-01-17T15:30:00Z" };

export const ANA: User = {
  id: 1,
  name: "Ana Souza",
  email: "ana@example.com",
  birth_date: "1990-04-12",
  role: "admin",
  ...MOMENTS,
};
export const BIA: User = {
  id: 2,
  name: "Bia Lima",
  email: "bia@example.com",
  birth_date: "1985-11-30",
  role: "user",
  ...MOMENTS,
};
export const VERSION: Version = { tag: "0a1b2c3d", commit: "0a1b2c3d4e5f", environment: "dev" };
export const PASSWORD = "a good password";
export const STATS: Stats = {
  total: 1234,
  by_role: { admin: 4, user: 1230 },
  by_decade: [
    { decade: 1980, count: 1 },
    { decade: 2000, count: 3 },
  ],
  newest: [BIA, ANA],
};

type Fields = Record<string, string>;
type Answer = [status: number, body?: unknown, headers?: Record<string, string>];

/** A problem as the backend words it, for people who read English. */
export function problem(status: number, type: string, fields: string[] = [], headers = {}): Answer {
  const errors = fields.map((field) => ({ field, message: "refused" }));
  return [status, { type: `/problems/${type}`, title: type, status, detail: "Refused.", errors }, headers];
}

/** Stands in for the backend behind `fetch`: keeps users, and records each change asked for. */
export function fakeBackend(...stored: User[]) {
  const users = new Map(stored.map((user) => [user.id, user]));
  const state = {
    users,
    /** What was changed, as "POST /api/users", and what was asked of the list. */
    changes: [] as { request: string; body: Fields }[],
    searches: [] as URLSearchParams[],
    version: VERSION as Version | null,
    stats: STATS,
    /** Who is signed in; nobody's token is good without one. */
    me: stored[0] as User | undefined,
    /** Answers every request but the version's in its place. */
    refusal: null as Answer | null,
    /** Nobody is there. */
    down: false,
  };

  function answer(method: string, url: URL, body: Fields): Answer {
    const path = url.pathname;
    const id = Number(path.split("/")[3]);
    if (path === "/api/version") return state.version ? [200, state.version] : problem(503, "unavailable");
    if (method !== "GET") state.changes.push({ request: `${method} ${path}`, body });
    if (state.refusal) return state.refusal;
    if (path === "/api/auth/register") return [201, add(body)];
    if (path === "/api/auth/login") return logIn(body);
    if (!state.me) return problem(401, "token-expired");
    if (path === "/api/auth/me") return [200, users.get(state.me.id)];
    if (path === "/api/stats") return [200, state.stats];
    if (method === "POST") return [201, add(body)];
    if (path === "/api/users") return [200, list(url.searchParams)];
    if (method === "DELETE" && users.delete(id)) return [204];
    const user = users.get(id);
    if (!user) return problem(404, "user-not-found");
    if (method === "PATCH") users.set(id, { ...user, ...body });
    return [200, users.get(id)];
  }

  function add(body: Fields): User {
    const { name, email, birth_date, role } = body as unknown as NewUser;
    const user = { id: 1 + Math.max(0, ...users.keys()), name, email, birth_date, role, ...MOMENTS } as User;
    users.set(user.id, user);
    return user;
  }

  function logIn({ email, password }: Fields): Answer {
    state.me = [...users.values()].find((user) => user.email === email && password === PASSWORD);
    if (!state.me) return problem(401, "invalid-credentials");
    return [200, { access_token: `token-${state.me.id}`, token_type: "bearer", expires_in: 3600, user: state.me }];
  }

  function list(query: URLSearchParams): UserPage {
    state.searches.push(query);
    const [page, size] = [Number(query.get("page")), Number(query.get("page_size"))];
    const found = [...users.values()].filter((user) => user.name.includes(query.get("search") ?? ""));
    const items = found.slice((page - 1) * size, page * size);
    return { items, total: found.length, page, page_size: size, pages: Math.ceil(found.length / size) };
  }

  vi.stubGlobal("fetch", async (request: Request) => {
    if (state.down) throw new TypeError("Failed to fetch");
    const body = request.body ? ((await request.json()) as Fields) : {};
    const [status, json, headers] = answer(request.method, new URL(request.url), body);
    return new Response(json === undefined ? null : JSON.stringify(json), { status, headers });
  });
  return state;
}
