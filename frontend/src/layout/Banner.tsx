import { useQuery } from "@tanstack/react-query";

import { getVersion } from "../api";

const REFRESH_MS = 2000;

/** Environment and image tag, readable from the last row; follows a rollout without reloading the page. */
export function Banner() {
  const { data, isError } = useQuery({
    queryKey: ["version"],
    queryFn: getVersion,
    refetchInterval: REFRESH_MS,
    refetchIntervalInBackground: true,
  });
  const version = isError ? undefined : data;

  return (
    <header className="banner" data-environment={version?.environment ?? "none"} aria-live="polite">
      <span className="environment">{version?.environment ?? (isError ? "sem resposta" : "…")}</span>
      <span className="tag">{version?.tag ?? "…"}</span>
    </header>
  );
}
