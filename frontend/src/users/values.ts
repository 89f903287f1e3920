import type { Role } from "../api";
import { text } from "../components/values";

/** What `UserFields` asks of everybody. */
export function personOf(values: FormData) {
  return {
    name: text(values, "name"),
    email: text(values, "email"),
    birth_date: text(values, "birth_date"),
    password: text(values, "password"),
  };
}

/** What the choice of a role says. */
export function roleOf(values: FormData): Role {
  return text(values, "role") === "admin" ? "admin" : "user";
}
