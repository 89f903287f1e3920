/** Search, order and page of the list, kept in the address: a reload, a link and the way back show the same. */

import { useSearchParams } from "react-router";

import type { UserQuery } from "../api";

const PAGE_SIZE = 10;

export const COLUMNS = {
  name: "Nome",
  email: "E-mail",
  birth_date: "Nascimento",
  role: "Perfil",
  created_at: "Criado em",
} as const;

export type Column = keyof typeof COLUMNS;

export interface Order {
  column: Column;
  descending: boolean;
}

/** The list that the address asks for, and the ways to ask for another. */
export function useListing() {
  const [params, setParams] = useSearchParams();
  const search = params.get("busca") ?? "";
  const order = parseOrder(params.get("ordem"));
  const page = Math.max(1, Math.trunc(Number(params.get("pagina"))) || 1);

  function change(values: Record<string, string>) {
    setParams(
      (current) => {
        for (const [name, value] of Object.entries(values)) {
          if (value) current.set(name, value);
          else current.delete(name);
        }
        return current;
      },
      { replace: true },
    );
  }

  return {
    search,
    order,
    query: { search, sort: sortOf(order), page, page_size: PAGE_SIZE } satisfies UserQuery,
    /** Every search starts on its first page. */
    searchFor: (text: string) => change({ busca: text.trim(), pagina: "" }),
    /** By this column; the other way round if it is by this column already. */
    orderBy: (column: Column) => {
      const descending = order.column === column && !order.descending;
      change({ ordem: sortOf({ column, descending }), pagina: "" });
    },
    goTo: (page: number) => change({ pagina: page > 1 ? String(page) : "" }),
  };
}

function parseOrder(value: string | null): Order {
  const descending = value?.startsWith("-") ?? false;
  const name = descending ? value?.slice(1) : value;
  const column = (Object.keys(COLUMNS) as Column[]).find((known) => known === name);
  return column ? { column, descending } : { column: "name", descending: false };
}

function sortOf({ column, descending }: Order): NonNullable<UserQuery["sort"]> {
  return descending ? `-${column}` : column;
}
