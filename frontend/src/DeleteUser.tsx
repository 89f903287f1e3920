import { useState } from "react";

import type { User } from "./api";

interface Props {
  user: User;
  /** Resolves when deleted; what it rejects with is shown. */
  onConfirm: () => Promise<void>;
  onCancel: () => void;
}

/** Asks before a user is gone for good. */
export function DeleteUser({ user, onConfirm, onCancel }: Props) {
  const [error, setError] = useState("");

  async function confirm() {
    try {
      await onConfirm();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  }

  return (
    <>
      <p>
        Excluir <strong>{user.name}</strong> ({user.email})? Não dá para desfazer.
      </p>
      {error && <p role="alert">{error}</p>}
      <div className="buttons">
        <button autoFocus onClick={onCancel}>
          Cancelar
        </button>
        <button className="danger" onClick={confirm}>
          Excluir de vez
        </button>
      </div>
    </>
  );
}
