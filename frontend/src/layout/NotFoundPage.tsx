import { Link } from "react-router";

import { Page } from "./Page";

export function NotFoundPage() {
  return (
    <Page title="Página não encontrada">
      <p className="card">
        Não há nada neste endereço. <Link to="/usuarios">Ir para os usuários</Link>
      </p>
    </Page>
  );
}
