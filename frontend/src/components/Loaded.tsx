import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { messageOf } from "../api/problems";

interface Props<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}

/** What a query brought: waiting, failed with a way to try again, or there. */
export function Loaded<T>({ query, children }: Props<T>) {
  return (
    <>
      {query.isError && (
        <div className="alert" role="alert">
          <p>{messageOf(query.error)}</p>
          <button onClick={() => void query.refetch()}>Tentar de novo</button>
        </div>
      )}
      {query.isPending && (
        <div className="loading" role="status" aria-busy="true">
          Carregando…
        </div>
      )}
      {query.data !== undefined && children(query.data)}
    </>
  );
}
