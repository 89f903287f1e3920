import { Search } from "lucide-react";
import { useEffect, useRef } from "react";

const PAUSE_MS = 300;

interface Props {
  value: string;
  onSearch: (text: string) => void;
}

/** Searches when the typing pauses. */
export function SearchBox({ value, onSearch }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => () => clearTimeout(timer.current), []);

  // The search can be another without typing (the way back, "Limpar busca"); what is being typed stays.
  useEffect(() => {
    if (input.current && input.current !== document.activeElement) input.current.value = value;
  }, [value]);

  return (
    <search className="search">
      <Search aria-hidden size={18} />
      <input
        ref={input}
        type="search"
        aria-label="Buscar por nome ou e-mail"
        placeholder="Buscar por nome ou e-mail"
        maxLength={254}
        defaultValue={value}
        onChange={(event) => {
          const text = event.target.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onSearch(text), PAUSE_MS);
        }}
      />
    </search>
  );
}
