/** Who is signed in here: a token that the browser remembers, so that a reload and other tabs share it. */

import { useSyncExternalStore } from "react";

import { forget, recall, remember } from "../storage";

export type Session =
  | { state: "signed-out" }
  // Ended by time or by the server, not by the person: the login page says so.
  | { state: "expired" }
  | { state: "active"; token: string; expiresAt: number };

const KEY = "session";
const SIGNED_OUT: Session = { state: "signed-out" };
const EXPIRED: Session = { state: "expired" };

const listeners = new Set<() => void>();
let read: { stored: string | null; session: Session } = { stored: null, session: SIGNED_OUT };

/** The session as it is now; the same object until it changes. */
export function currentSession(): Session {
  const stored = recall(KEY);
  if (stored !== read.stored) read = { stored, session: parse(stored) };
  return read.session;
}

/** Signs in with a token that lasts so many seconds. */
export function startSession(token: string, expiresIn: number): void {
  store(JSON.stringify({ token, expiresAt: Date.now() + expiresIn * 1000 }));
}

/** Ends the session because its token is no longer accepted. */
export function expireSession(): void {
  store(JSON.stringify({ token: "", expiresAt: 0 }));
}

/** Ends the session because the person wants it. */
export function endSession(): void {
  store(null);
}

/** The session, followed through every change, other tabs' too. */
export function useSession(): Session {
  return useSyncExternalStore(subscribe, currentSession);
}

function store(session: string | null) {
  if (session === null) forget(KEY);
  else remember(KEY, session);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

function parse(stored: string | null): Session {
  if (stored === null) return SIGNED_OUT;
  try {
    const { token, expiresAt } = JSON.parse(stored) as Record<string, unknown>;
    if (typeof token !== "string" || typeof expiresAt !== "number") return SIGNED_OUT;
    return expiresAt > Date.now() ? { state: "active", token, expiresAt } : EXPIRED;
  } catch {
    return SIGNED_OUT;
  }
}
