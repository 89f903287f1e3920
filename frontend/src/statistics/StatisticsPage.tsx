import { useQuery } from "@tanstack/react-query";

import { getStats, type Stats } from "../api";
import { Loaded } from "../components/Loaded";
import { localMoment } from "../dates";
import { Page } from "../layout/Page";
import { DecadeChart } from "./DecadeChart";

export function StatisticsPage() {
  const query = useQuery({ queryKey: ["stats"], queryFn: getStats });

  return (
    <Page title="Estatísticas">
      <Loaded query={query}>{(stats) => <Statistics stats={stats} />}</Loaded>
    </Page>
  );
}

function Statistics({ stats }: { stats: Stats }) {
  return (
    <div className="statistics">
      <dl className="figures">
        <Figure label="Pessoas no cadastro" value={stats.total} />
        <Figure label="Administradores" value={stats.by_role.admin} />
        <Figure label="Usuários" value={stats.by_role.user} />
      </dl>
      <section className="card" aria-labelledby="decades">
        <h2 id="decades">Por década de nascimento</h2>
        {stats.by_decade.length > 0 ? (
          <DecadeChart decades={stats.by_decade} />
        ) : (
          <p className="empty">Nenhum usuário ainda.</p>
        )}
      </section>
      <section className="card" aria-labelledby="newest">
        <h2 id="newest">Mais recentes</h2>
        <ol className="newest">
          {stats.newest.map((user) => (
            <li key={user.id}>
              <strong>{user.name}</strong>
              <time dateTime={user.created_at}>{localMoment(user.created_at)}</time>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <div className="card">
      <dt>{label}</dt>
      <dd>{value.toLocaleString("pt-BR")}</dd>
    </div>
  );
}
