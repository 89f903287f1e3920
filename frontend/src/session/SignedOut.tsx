import { Navigate, Outlet, useLocation } from "react-router";

import { TopBar } from "../layout/TopBar";
import { useSession } from "./session";

/** The pages before signing in. Once signed in they lead on: back to where one was, or to the list. */
export function SignedOut() {
  const { state } = useSession();
  const location = useLocation();

  if (state === "active") return <Navigate to={location.state?.from ?? "/usuarios"} replace />;
  return (
    <>
      <TopBar />
      <main id="conteudo" className="narrow" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}
