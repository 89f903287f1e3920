import { useEffect, useState } from "react";

import { viewUser, type User } from "./api";
import { brazilianDate } from "./dates";

interface Props {
  id: number;
  onClose: () => void;
}

/** One user as the backend has it now, not as the list had it. */
export function UserDetails({ id, onClose }: Props) {
  const [user, setUser] = useState<User | null>(null);
  const [error, setError] = useState("");

  useEffect(() => {
    let shown = true;
    viewUser(id).then(
      (answer) => shown && setUser(answer),
      (reason: Error) => shown && setError(reason.message),
    );
    return () => {
      shown = false;
    };
  }, [id]);

  return (
    <>
      {error && <p role="alert">{error}</p>}
      {user && (
        <dl>
          <dt>Nome</dt>
          <dd>{user.name}</dd>
          <dt>E-mail</dt>
          <dd>{user.email}</dd>
          <dt>Data de nascimento</dt>
          <dd>{brazilianDate(user.birth_date)}</dd>
          <dt>Número</dt>
          <dd>{user.id}</dd>
        </dl>
      )}
      <div className="buttons">
        <button onClick={onClose}>Fechar</button>
      </div>
    </>
  );
}
