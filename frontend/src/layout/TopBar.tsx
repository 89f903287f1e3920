import type { ReactNode } from "react";

import { ThemeSwitch } from "./ThemeSwitch";

/** The name of the product, where one can go, and whose page this is. */
export function TopBar({ children }: { children?: ReactNode }) {
  return (
    <section className="topbar" aria-label="Cadastro">
      <p className="brand">
        <img src="/icon.svg" alt="" width={28} height={28} />
        Cadastro
      </p>
      {children}
      <ThemeSwitch />
    </section>
  );
}
