import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { viewUser } from "../api";

/**
 * The user whose number is in the address, as the backend has it now, not as the list had it.
 *
 * Neither kept nor refreshed: what a form starts from may be neither old nor change while somebody types.
 */
export function useUser() {
  const { id } = useParams();
  return useQuery({
    queryKey: ["user", id],
    queryFn: () => viewUser(Number(id)),
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}
