import { Link, useLocation } from "react-router";

import { login, register } from "../api";
import { ApiError } from "../api/problems";
import { Checkbox } from "../components/Field";
import { Form } from "../components/Form";
import { Page } from "../layout/Page";
import { UserFields } from "../users/UserFields";
import { personOf } from "../users/values";
import { startSession } from "./session";

const NOT_THE_FIRST =
  "O sistema já tem usuários, então a conta não pode começar como administrador. Desmarque para criá-la como usuário.";

export function RegisterPage() {
  const location = useLocation();

  async function submit(values: FormData) {
    const person = personOf(values);
    await register({ ...person, role: values.has("first") ? "admin" : "user" }).catch(explained);
    const answer = await login({ email: person.email, password: person.password });
    startSession(answer.access_token, answer.expires_in);
  }

  return (
    <Page title="Criar conta">
      <div className="card">
        <Form submitLabel="Criar conta" onSubmit={submit}>
          <UserFields />
          <Checkbox
            label="Sou o primeiro usuário: criar como administrador"
            name="first"
            hint="Só vale enquanto o sistema está vazio."
          />
        </Form>
        <p className="aside">
          Já tem conta?{" "}
          <Link to="/entrar" state={location.state}>
            Entrar
          </Link>
        </p>
      </div>
    </Page>
  );
}

/** Here, "forbidden" can only be about the box. */
function explained(error: unknown): never {
  if (error instanceof ApiError && error.type === "forbidden") {
    throw new ApiError(NOT_THE_FIRST, error.type, { first: NOT_THE_FIRST });
  }
  throw error;
}
