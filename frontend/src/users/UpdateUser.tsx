import { updateUser, type User, type UserUpdate } from "../api";
import { Dialog } from "../components/Dialog";
import { Form } from "../components/Form";
import { Loaded } from "../components/Loaded";
import { Action } from "./Action";
import { useUserDialog } from "./dialog";
import { NotAllowed } from "./NotAllowed";
import { usePermissions } from "./permissions";
import { UserFields } from "./UserFields";
import { useUser } from "./useUser";

/** In the list, for those who may. */
export function UpdateAction({ user }: { user: User }) {
  return usePermissions().update(user) && <Action to="editar" label="Editar" user={user} />;
}

export function UpdateUser() {
  const { close, finish } = useUserDialog();
  const may = usePermissions();
  const query = useUser();

  async function submit(user: User, values: FormData) {
    const changed = changes(user, values);
    if (Object.keys(changed).length === 0) return close();
    const { name } = await updateUser(user.id, changed);
    await finish(`Os dados de ${name} foram salvos.`);
  }

  return (
    <Dialog title="Editar usuário" onClose={close}>
      <Loaded query={query}>
        {(user) =>
          may.update(user) ? (
            <Form submitLabel="Salvar" onSubmit={(values) => submit(user, values)} onCancel={close}>
              <UserFields user={user} withRole={may.changeRole} />
            </Form>
          ) : (
            <NotAllowed onClose={close} />
          )
        }
      </Loaded>
    </Dialog>
  );
}

/** Only what is different: two people who edit different fields do not undo each other. */
function changes(user: User, values: FormData): UserUpdate {
  const before: Record<string, unknown> = { ...user };
  return Object.fromEntries([...values].filter(([field, value]) => value !== "" && value !== before[field]));
}
