import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useEffect } from "react";
import { Link, Outlet, useLocation } from "react-router";

import { listUsers, type UserPage } from "../api";
import { Loaded } from "../components/Loaded";
import { Page } from "../layout/Page";
import { useListing } from "./listing";
import { Pagination } from "./Pagination";
import { usePermissions } from "./permissions";
import { SearchBox } from "./SearchBox";
import { UserTable } from "./UserTable";

export function UsersPage() {
  const listing = useListing();
  const location = useLocation();
  const may = usePermissions();
  const query = useQuery({
    queryKey: ["users", listing.query],
    queryFn: () => listUsers(listing.query),
    placeholderData: keepPreviousData,
  });

  return (
    <Page
      title="Usuários"
      actions={
        may.create && (
          <Link className="button primary" to={{ pathname: "/usuarios/novo", search: location.search }}>
            <Plus aria-hidden size={18} /> Novo usuário
          </Link>
        )
      }
    >
      <p className="notice" role="status">
        {location.state?.notice}
      </p>
      <div className="card list" aria-busy={query.isPlaceholderData}>
        <SearchBox value={listing.search} onSearch={listing.searchFor} />
        <Loaded query={query}>{(page) => <List page={page} listing={listing} />}</Loaded>
      </div>
      <Outlet />
    </Page>
  );
}

function List({ page, listing }: { page: UserPage; listing: ReturnType<typeof useListing> }) {
  const { search, goTo } = listing;
  const beyond = page.pages > 0 && page.page > page.pages;

  // An address may name a page that is no longer there.
  useEffect(() => {
    if (beyond) goTo(page.pages);
  });

  if (page.total === 0 && search) {
    return (
      <div className="empty">
        <p>Ninguém encontrado para “{search}”.</p>
        <button onClick={() => listing.searchFor("")}>Limpar busca</button>
      </div>
    );
  }
  if (page.total === 0) return <p className="empty">Nenhum usuário ainda.</p>;
  return (
    <>
      <UserTable users={page.items} order={listing.order} onOrder={listing.orderBy} />
      <Pagination page={page} onPage={goTo} />
    </>
  );
}
