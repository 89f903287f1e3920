import type { User } from "../api";
import { useMe } from "../session/me";

/**
 * What the person here is offered.
 *
 * The backend decides for itself; this only keeps the page from offering what it would refuse.
 */
export function usePermissions() {
  const me = useMe();
  const isAdmin = me.role === "admin";
  return {
    /** Everybody their own data, an administrator all. */
    update: (user: User) => isAdmin || user.id === me.id,
    changeRole: isAdmin,

    /** Anybody may list and view. */
    create: isAdmin,

    delete: isAdmin,
  };
}
