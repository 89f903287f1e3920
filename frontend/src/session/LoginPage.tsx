import { Link, useLocation } from "react-router";

import { login } from "../api";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { text } from "../components/values";
import { Page } from "../layout/Page";
import { startSession, useSession } from "./session";

export function LoginPage() {
  const { state } = useSession();
  const location = useLocation();

  async function submit(values: FormData) {
    const answer = await login({ email: text(values, "email"), password: text(values, "password") });
    startSession(answer.access_token, answer.expires_in);
  }

  return (
    <Page title="Entrar">
      <div className="card">
        {state === "expired" && (
          <p className="alert" role="alert">
            Sua sessão expirou. Entre de novo para continuar de onde parou.
          </p>
        )}
        <Form submitLabel="Entrar" onSubmit={submit}>
          <Field label="E-mail" name="email" type="email" required autoComplete="username" />
          <Field label="Senha" name="password" type="password" required autoComplete="current-password" />
        </Form>
        <p className="aside">
          Ainda não tem conta?{" "}
          <Link to="/criar-conta" state={location.state}>
            Criar conta
          </Link>
        </p>
      </div>
    </Page>
  );
}
