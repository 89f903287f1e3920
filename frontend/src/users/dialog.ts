import { useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "react-router";

/** What may be another after a change; statistics are asked for whenever their page opens. */
const CHANGED = [["users"], ["me"]];

/** The ways out of a dialog over the list: just back, or done, with a sentence about what was done. */
export function useUserDialog() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { search } = useLocation();

  const close = () => void navigate({ pathname: "/usuarios", search }, { replace: true });

  async function finish(notice: string) {
    await Promise.all(CHANGED.map((queryKey) => queries.invalidateQueries({ queryKey })));
    void navigate({ pathname: "/usuarios", search }, { replace: true, state: { notice } });
  }

  return { close, finish };
}
