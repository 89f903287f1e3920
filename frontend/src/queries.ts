import { QueryClient } from "@tanstack/react-query";

/** Asks again when the page is looked at again; a failure is shown at once, not after silent retries. */
export function newQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" } } });
}
