import { createContext, use, useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";

import { ApiError, fieldSentence, messageOf } from "../api/problems";

interface Failed {
  /** A sentence for each field that is to blame. */
  fields: Record<string, string>;
  /** What no field is to blame for. */
  message: string;
}

const NOTHING: Failed = { fields: {}, message: "" };
const FieldErrors = createContext<Record<string, string>>({});

/** The sentence about the field of this name, if it is to blame for something. */
export function useFieldError(name: string): string | undefined {
  return use(FieldErrors)[name];
}

interface Props {
  submitLabel: string;
  /** The look of the submit button. */
  submitClass?: "primary" | "danger";
  /** Resolves when done; an error it rejects with is shown, at its field if it has one. */
  onSubmit: (values: FormData) => Promise<void>;
  onCancel?: () => void;
  children: ReactNode;
}

/**
 * Asks the fields first, then the server, and puts what either has to say where it belongs.
 *
 * The browser checks the fields (`required`, `min`, …), but its bubbles speak the browser's language and vanish.
 */
export function Form({ submitLabel, submitClass = "primary", onSubmit, onCancel, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [failed, setFailed] = useState(NOTHING);
  const [busy, setBusy] = useState(false);

  // In a dialog this is where to start; on a page the title takes the focus after it.
  useEffect(() => form.current?.querySelector<HTMLElement>("input, button")?.focus(), []);

  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [failed]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const invalid = invalidFields(event.currentTarget);
    if (Object.keys(invalid).length > 0) return setFailed({ fields: invalid, message: "" });
    const { elements } = event.currentTarget;
    setBusy(true);
    setFailed(NOTHING);
    try {
      await onSubmit(new FormData(event.currentTarget));
    } catch (error) {
      const blamed = Object.entries(error instanceof ApiError ? error.fields : {});
      const shown = blamed.filter(([name]) => elements.namedItem(name));
      setFailed({ fields: Object.fromEntries(shown), message: shown.length > 0 ? "" : messageOf(error) });
    }
    setBusy(false);
  }

  return (
    <form ref={form} noValidate onSubmit={submit} aria-busy={busy}>
      <FieldErrors value={failed.fields}>{children}</FieldErrors>
      {failed.message && (
        <p className="alert" role="alert">
          {failed.message}
        </p>
      )}
      <div className="buttons">
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Cancelar
          </button>
        )}
        <button type="submit" className={submitClass} disabled={busy}>
          {busy ? "Um momento…" : submitLabel}
        </button>
      </div>
    </form>
  );
}

function invalidFields(form: HTMLFormElement): Record<string, string> {
  const invalid = [...form.elements].filter((element) => !(element as HTMLInputElement).validity.valid);
  return Object.fromEntries(
    invalid.map((element) => (element as HTMLInputElement).name).map((name) => [name, fieldSentence(name)]),
  );
}
