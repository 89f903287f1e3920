import type { User } from "../api";
import { Field, Select } from "../components/Field";
import { today } from "../dates";
import { ROLES } from "./roles";

interface Props {
  /** Who has these values now; nobody yet unless given. */
  user?: User;
  withRole?: boolean;
}

/** The fields that describe a user. */
export function UserFields({ user, withRole = false }: Props) {
  return (
    <>
      <Field label="Nome" name="name" required maxLength={120} autoComplete="off" defaultValue={user?.name} />
      <Field
        label="E-mail"
        name="email"
        type="email"
        required
        maxLength={254}
        autoComplete="off"
        defaultValue={user?.email}
      />
      <Field
        label="Data de nascimento"
        name="birth_date"
        type="date"
        required
        min="1900-01-01"
        max={today()}
        defaultValue={user?.birth_date}
      />
      <Field
        label="Senha"
        name="password"
        type="password"
        required={!user}
        minLength={8}
        maxLength={128}
        autoComplete="new-password"
        hint={user ? "De 8 a 128 caracteres. Em branco, a senha continua a mesma." : "De 8 a 128 caracteres."}
      />
      {withRole && (
        <Select label="Perfil" name="role" defaultValue={user?.role ?? "user"}>
          {Object.entries(ROLES).map(([role, label]) => (
            <option key={role} value={role}>
              {label}
            </option>
          ))}
        </Select>
      )}
    </>
  );
}
