import { useNavigate } from "react-router";

import { deleteUser, type User } from "../api";
import { Dialog } from "../components/Dialog";
import { Form } from "../components/Form";
import { Loaded } from "../components/Loaded";
import { useMe } from "../session/me";
import { Action } from "./Action";
import { useUserDialog } from "./dialog";
import { NotAllowed } from "./NotAllowed";
import { usePermissions } from "./permissions";
import { useUser } from "./useUser";

/** In the list, for those who may. */
export function DeleteAction({ user }: { user: User }) {
  return usePermissions().delete && <Action to="excluir" label="Excluir" user={user} />;
}

/** Asks before a user is gone for good. */
export function DeleteUser() {
  const { close, finish } = useUserDialog();
  const me = useMe();
  const may = usePermissions();
  const navigate = useNavigate();
  const query = useUser();

  async function remove(user: User) {
    await deleteUser(user.id);
    // Without its user the token is worth nothing.
    if (user.id === me.id) return void navigate("/sair");
    await finish(`${user.name} foi excluído do cadastro.`);
  }

  return (
    <Dialog title="Excluir usuário" onClose={close}>
      {may.delete ? (
        <Loaded query={query}>
          {(user) => (
            <Form submitLabel="Excluir de vez" submitClass="danger" onSubmit={() => remove(user)} onCancel={close}>
              <p>
                Excluir <strong>{user.name}</strong> ({user.email})? Não dá para desfazer.
              </p>
            </Form>
          )}
        </Loaded>
      ) : (
        <NotAllowed onClose={close} />
      )}
    </Dialog>
  );
}
