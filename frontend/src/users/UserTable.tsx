import type { User } from "../api";
import { brazilianDate, localDay } from "../dates";
import { useMe } from "../session/me";
import { UpdateAction } from "./UpdateUser";
import { Action } from "./Action";
import { COLUMNS, type Column, type Order } from "./listing";
import { ROLES } from "./roles";
import { DeleteAction } from "./DeleteUser";

interface Props {
  users: User[];
  order: Order;
  onOrder: (column: Column) => void;
}

export function UserTable({ users, order, onOrder }: Props) {
  const me = useMe();

  return (
    <table>
      <thead>
        <tr>
          {(Object.keys(COLUMNS) as Column[]).map((column) => (
            <SortableHeader key={column} column={column} order={order} onOrder={onOrder} />
          ))}
          <th scope="col">
            <span className="visually-hidden">Ações</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id}>
            <th scope="row">
              {user.name} {user.id === me.id && <span className="you">você</span>}
            </th>
            <td data-label={COLUMNS.email}>{user.email}</td>
            <td data-label={COLUMNS.birth_date}>{brazilianDate(user.birth_date)}</td>
            <td data-label={COLUMNS.role}>
              <span className="role" data-role={user.role}>
                {ROLES[user.role]}
              </span>
            </td>
            <td data-label={COLUMNS.created_at}>{localDay(user.created_at)}</td>
            <td className="actions">
              <UpdateAction user={user} />
              {/* Anybody who is signed in may look. */}
              <Action to="" label="Ver" user={user} />
              <DeleteAction user={user} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface HeaderProps {
  column: Column;
  order: Order;
  onOrder: (column: Column) => void;
}

function SortableHeader({ column, order, onOrder }: HeaderProps) {
  const sorted = order.column === column;
  const direction = order.descending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={sorted ? direction : undefined}>
      <button onClick={() => onOrder(column)}>
        {COLUMNS[column]}
        <span className="arrow" aria-hidden="true">
          {sorted && (order.descending ? "↓" : "↑")}
        </span>
      </button>
    </th>
  );
}
