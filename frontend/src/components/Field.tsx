import { useId, type InputHTMLAttributes, type SelectHTMLAttributes } from "react";

import { useFieldError } from "./Form";

interface Common {
  label: string;
  name: string;
  hint?: string;
}

/** A labelled input that says what is wrong with it. */
export function Field({ label, hint, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const { id, described, notes } = useNotes(input.name, hint);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} {...input} {...described} />
      {notes}
    </div>
  );
}

/** A labelled choice between a few values. */
export function Select({ label, hint, ...select }: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const { id, described, notes } = useNotes(select.name, hint);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} {...select} {...described} />
      {notes}
    </div>
  );
}

/** A box to tick. */
export function Checkbox({ label, hint, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const { id, described, notes } = useNotes(input.name, hint);
  return (
    <div className="field">
      <label className="checkbox">
        <input id={id} type="checkbox" {...input} {...described} />
        {label}
      </label>
      {notes}
    </div>
  );
}

/** Hint and error of a field, and the attributes that tie it to them. */
function useNotes(name: string, hint?: string) {
  const id = useId();
  const error = useFieldError(name);
  const notes = (
    <>
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </>
  );
  const described = {
    "aria-invalid": error !== undefined,
    "aria-describedby": [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined,
  };
  return { id, described, notes };
}
