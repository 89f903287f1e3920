import { Link, useLocation } from "react-router";

import type { User } from "../api";

interface Props {
  user: User;
  /** The end of the dialog's address. */
  to: string;
  label: string;
}

/** Opens a dialog about a user over the list as it is; named in full for those who do not see the row. */
export function Action({ user, to, label }: Props) {
  const { search } = useLocation();
  return (
    <Link className="button" to={{ pathname: `/usuarios/${user.id}/${to}`, search }}>
      {label}
      <span className="visually-hidden"> {user.name}</span>
    </Link>
  );
}
