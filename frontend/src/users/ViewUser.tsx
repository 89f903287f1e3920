import { Dialog } from "../components/Dialog";
import { Loaded } from "../components/Loaded";
import { brazilianDate, localMoment } from "../dates";
import { useUserDialog } from "./dialog";
import { ROLES } from "./roles";
import { useUser } from "./useUser";

export function ViewUser() {
  const { close } = useUserDialog();
  const query = useUser();

  return (
    <Dialog title="Usuário" onClose={close}>
      <Loaded query={query}>
        {(user) => (
          <dl>
            <dt>Nome</dt>
            <dd>{user.name}</dd>
            <dt>E-mail</dt>
            <dd>{user.email}</dd>
            <dt>Nascimento</dt>
            <dd>{brazilianDate(user.birth_date)}</dd>
            <dt>Perfil</dt>
            <dd>{ROLES[user.role]}</dd>
            <dt>Criado em</dt>
            <dd>{localMoment(user.created_at)}</dd>
            <dt>Alterado em</dt>
            <dd>{localMoment(user.updated_at)}</dd>
            <dt>Número</dt>
            <dd>{user.id}</dd>
          </dl>
        )}
      </Loaded>
      <div className="buttons">
        <button onClick={close}>Fechar</button>
      </div>
    </Dialog>
  );
}
