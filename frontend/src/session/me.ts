import { createContext, use } from "react";

import type { User } from "../api";

/** Who is signed in, as the backend has it. */
export const Me = createContext<User | null>(null);

/** Who is signed in; only on pages that ask for it. */
export function useMe(): User {
  const user = use(Me);
  if (!user) throw new Error("useMe outside of SignedIn");
  return user;
}
