import type { User } from "./api";
import { brazilianDate } from "./dates";

interface Props {
  users: User[];
  onEdit: (user: User) => void;
  onView: (user: User) => void;
  onDelete: (user: User) => void;
}

export function UserTable(props: Props) {
  if (props.users.length === 0) {
    return <p className="empty">Nenhum usuário ainda. Crie o primeiro.</p>;
  }
  return (
    <table>
      <thead>
        <tr>
          <th>Nome</th>
          <th>E-mail</th>
          <th>Nascimento</th>
          <th>Ações</th>
        </tr>
      </thead>
      <tbody>
        {props.users.map((user) => (
          <tr key={user.id}>
            <td>{user.name}</td>
            <td>{user.email}</td>
            <td>{brazilianDate(user.birth_date)}</td>
            <td className="actions">
              <button onClick={() => props.onEdit(user)}>Editar</button>
              <button onClick={() => props.onView(user)}>Ver</button>
              <button onClick={() => props.onDelete(user)}>Excluir</button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
