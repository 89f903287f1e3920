import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";

import { chooseTheme, savedTheme, THEMES } from "../theme";

const LOOKS = {
  system: { label: "Sistema", Icon: Monitor },
  light: { label: "Claro", Icon: Sun },
  dark: { label: "Escuro", Icon: Moon },
};

/** The colours of the page: the system's, light or dark. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(savedTheme);

  return (
    <fieldset className="theme">
      <legend className="visually-hidden">Tema</legend>
      {THEMES.map((name) => {
        const { label, Icon } = LOOKS[name];
        return (
          <label key={name} title={label}>
            <input
              className="visually-hidden"
              type="radio"
              name="theme"
              checked={theme === name}
              onChange={() => {
                chooseTheme(name);
                setTheme(name);
              }}
            />
            <Icon aria-hidden size={18} />
            <span className="visually-hidden">{label}</span>
          </label>
        );
      })}
    </fieldset>
  );
}
