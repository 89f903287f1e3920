import type { UserPage } from "../api";

interface Props {
  page: UserPage;
  onPage: (page: number) => void;
}

/** How many there are, and the way through them. */
export function Pagination({ page: { page, pages, total }, onPage }: Props) {
  return (
    <div className="pagination">
      <p role="status">
        {total === 1 ? "1 usuário" : `${total} usuários`}
        {pages > 1 && `, página ${page} de ${pages}`}
      </p>
      {pages > 1 && (
        <nav aria-label="Páginas">
          <button disabled={page <= 1} onClick={() => onPage(page - 1)}>
            Anterior
          </button>
          <button disabled={page >= pages} onClick={() => onPage(page + 1)}>
            Próxima
          </button>
        </nav>
      )}
    </div>
  );
}
