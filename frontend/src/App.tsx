import { useCallback, useEffect, useState } from "react";

import * as api from "./api";
import type { User } from "./api";
import { Banner } from "./Banner";
import { DeleteUser } from "./DeleteUser";
import { Dialog } from "./Dialog";
import { UserDetails } from "./UserDetails";
import { UserForm } from "./UserForm";
import { UserTable } from "./UserTable";

type Open =
  | { what: "edit"; user: User }
  | { what: "create" }
  | { what: "view"; user: User }
  | { what: "delete"; user: User };

export function App() {
  const [users, setUsers] = useState<User[] | null>(null);
  const [error, setError] = useState("");
  const [open, setOpen] = useState<Open | null>(null);

  const load = useCallback(
    () =>
      api.listUsers().then(
        (answer) => {
          setUsers(answer);
          setError("");
        },
        (reason: Error) => setError(reason.message),
      ),
    [],
  );
  const close = useCallback(() => setOpen(null), []);

  useEffect(() => {
    void load();
  }, [load]);

  async function finish(change: Promise<unknown>) {
    await change;
    close();
    await load();
  }

  return (
    <>
      <Banner />
      <main>
        <div className="title">
          <h1>Usuários</h1>
          <button className="primary" onClick={() => setOpen({ what: "create" })}>
            Novo usuário
          </button>
        </div>
        {error && (
          <p role="alert">
            {error} <button onClick={() => void load()}>Tentar de novo</button>
          </p>
        )}
        {users && (
          <UserTable
            users={users}
            onEdit={(user) => setOpen({ what: "edit", user })}
            onView={(user) => setOpen({ what: "view", user })}
            onDelete={(user) => setOpen({ what: "delete", user })}
          />
        )}
      </main>

      {open?.what === "create" && (
        <Dialog title="Novo usuário" onClose={close}>
          <UserForm submitLabel="Criar" onSubmit={(user) => finish(api.createUser(user))} onCancel={close} />
        </Dialog>
      )}
      {open?.what === "edit" && (
        <Dialog title="Editar usuário" onClose={close}>
          <UserForm
            initial={open.user}
            submitLabel="Salvar"
            onSubmit={({ name, email, birth_date }) =>
              finish(api.updateUser(open.user.id, { name, email, birth_date }))
            }
            onCancel={close}
          />
        </Dialog>
      )}
      {open?.what === "view" && (
        <Dialog title="Usuário" onClose={close}>
          <UserDetails id={open.user.id} onClose={close} />
        </Dialog>
      )}
      {open?.what === "delete" && (
        <Dialog title="Excluir usuário" onClose={close}>
          <DeleteUser
            user={open.user}
            onConfirm={() => finish(api.deleteUser(open.user.id))}
            onCancel={close}
          />
        </Dialog>
      )}
    </>
  );
}
