import { useState, type FormEvent } from "react";

import type { NewUser } from "./api";

const EMPTY: NewUser = { name: "", email: "", birth_date: "" };

interface Props {
  initial?: NewUser;
  submitLabel: string;
  /** Resolves when saved; what it rejects with is shown under the form. */
  onSubmit: (user: NewUser) => Promise<void>;
  onCancel: () => void;
}

export function UserForm({ initial = EMPTY, submitLabel, onSubmit, onCancel }: Props) {
  const [user, setUser] = useState(initial);
  const [error, setError] = useState("");
  const [saving, setSaving] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setSaving(true);
    setError("");
    try {
      await onSubmit(user);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
      setSaving(false);
    }
  }

  return (
    <form onSubmit={submit}>
      <label>
        Nome
        <input
          required
          autoFocus
          maxLength={120}
          value={user.name}
          onChange={(event) => setUser({ ...user, name: event.target.value })}
        />
      </label>
      <label>
        E-mail
        <input
          required
          type="email"
          maxLength={254}
          value={user.email}
          onChange={(event) => setUser({ ...user, email: event.target.value })}
        />
      </label>
      <label>
        Data de nascimento
        <input
          required
          type="date"
          min="1900-01-01"
          value={user.birth_date}
          onChange={(event) => setUser({ ...user, birth_date: event.target.value })}
        />
      </label>
      {error && <p role="alert">{error}</p>}
      <div className="buttons">
        <button type="button" onClick={onCancel}>
          Cancelar
        </button>
        <button type="submit" className="primary" disabled={saving}>
          {submitLabel}
        </button>
      </div>
    </form>
  );
}
