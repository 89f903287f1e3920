import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { ChartColumn, LogOut, Users } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, Navigate, NavLink, Outlet, useLocation } from "react-router";

import { me } from "../api";
import { Loaded } from "../components/Loaded";
import { TopBar } from "../layout/TopBar";
import { newQueryClient } from "../queries";
import { ROLES } from "../users/roles";
import { Me } from "./me";
import { expireSession, useSession } from "./session";

// The longest a browser can wait; longer ones fire at once.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The pages for those who are signed in; everybody else is led to the login page. */
export function SignedIn() {
  const session = useSession();
  const location = useLocation();

  if (session.state !== "active") return <Navigate to="/entrar" replace state={{ from: location }} />;
  return <Workspace key={session.token} expiresAt={session.expiresAt} />;
}

/** One session: what it has loaded goes with it. */
function Workspace({ expiresAt }: { expiresAt: number }) {
  const [queries] = useState(newQueryClient);

  useEffect(() => {
    const timer = setTimeout(expireSession, Math.min(expiresAt - Date.now(), MAX_TIMEOUT_MS));
    return () => clearTimeout(timer);
  }, [expiresAt]);

  return (
    <QueryClientProvider client={queries}>
      <Desk />
    </QueryClientProvider>
  );
}

function Desk() {
  const query = useQuery({ queryKey: ["me"], queryFn: me });

  return (
    <>
      <TopBar>
        <nav aria-label="Principal">
          <NavLink to="/usuarios">
            <Users aria-hidden size={18} /> Usuários
          </NavLink>
          <NavLink to="/estatisticas">
            <ChartColumn aria-hidden size={18} /> Estatísticas
          </NavLink>
        </nav>
        <div className="account">
          {query.data && (
            <p>
              <strong>{query.data.name}</strong>
              <span>{ROLES[query.data.role]}</span>
            </p>
          )}
          <Link to="/sair">
            <LogOut aria-hidden size={18} /> Sair
          </Link>
        </div>
      </TopBar>
      <main id="conteudo" tabIndex={-1}>
        <Loaded query={query}>
          {(user) => (
            <Me value={user}>
              <Outlet />
            </Me>
          )}
        </Loaded>
      </main>
    </>
  );
}
