import { useEffect } from "react";
import { Navigate } from "react-router";

import { endSession, useSession } from "./session";

/** Signs out, and ends at the login page without a way back to what was open. */
export function SignOut() {
  const { state } = useSession();

  useEffect(endSession, []);

  return state === "active" ? null : <Navigate to="/entrar" replace />;
}
