import { useEffect, useState } from "react";

import { getVersion, type Version } from "./api";

const REFRESH_MS = 2000;

/** Environment and image tag, readable from the last row; follows a rollout without reloading the page. */
export function Banner() {
  const [version, setVersion] = useState<Version | null>(null);

  useEffect(() => {
    let shown = true;
    const refresh = () =>
      getVersion().then(
        (answer) => shown && setVersion(answer),
        () => shown && setVersion(null),
      );
    void refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      shown = false;
      clearInterval(timer);
    };
  }, []);

  return (
    <header className="banner" data-environment={version?.environment ?? "none"}>
      <span className="environment">{version?.environment ?? "sem resposta"}</span>
      <span className="tag">{version?.tag ?? "…"}</span>
    </header>
  );
}
