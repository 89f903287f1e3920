import { createUser } from "../api";
import { Dialog } from "../components/Dialog";
import { Form } from "../components/Form";
import { useUserDialog } from "./dialog";
import { NotAllowed } from "./NotAllowed";
import { usePermissions } from "./permissions";
import { UserFields } from "./UserFields";
import { personOf, roleOf } from "./values";

export function CreateUser() {
  const { close, finish } = useUserDialog();
  const may = usePermissions();

  async function submit(values: FormData) {
    const user = await createUser({ ...personOf(values), role: roleOf(values) });
    await finish(`${user.name} agora faz parte do cadastro.`);
  }

  return (
    <Dialog title="Novo usuário" onClose={close}>
      {may.create ? (
        <Form submitLabel="Criar" onSubmit={submit} onCancel={close}>
          <UserFields withRole />
        </Form>
      ) : (
        <NotAllowed onClose={close} />
      )}
    </Dialog>
  );
}
