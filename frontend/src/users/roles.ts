import type { Role } from "../api";

/** The roles, as they are called on the page. */
export const ROLES: Record<Role, string> = { admin: "Administrador", user: "Usuário" };
