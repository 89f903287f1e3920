/** Problem details (RFC 9457) of the backend, in words for the person at the page. */

const EMAIL_TAKEN = "Já existe um usuário com este e-mail.";

const SENTENCES = new Map(
  Object.entries({
    "/problems/validation": "Há um valor inválido: confira os campos.",
    "/problems/not-authenticated": "Entre para continuar.",
    "/problems/token-expired": "Sua sessão expirou. Entre de novo para continuar.",
    "/problems/invalid-credentials": "E-mail ou senha incorretos.",
    "/problems/forbidden": "Seu perfil não permite esta ação.",
    "/problems/user-not-found": "Este usuário não existe mais.",
    "/problems/not-found": "O servidor não conhece este endereço.",
    "/problems/method-not-allowed": "O servidor não aceita esta ação.",
    "/problems/email-taken": EMAIL_TAKEN,
    "/problems/last-admin": "Este é o último administrador: promova outro usuário antes.",
    "/problems/body-too-large": "O que foi enviado é grande demais.",
    "/problems/too-many-attempts": "Muitas tentativas. Espere um pouco e tente de novo.",
    "/problems/internal": "O servidor encontrou um erro inesperado. Tente de novo em instantes.",
    "/problems/unavailable": "O servidor está indisponível no momento. Tente de novo em instantes.",
  }),
);

const FIELD_SENTENCES = new Map(
  Object.entries({
    name: "Informe um nome de até 120 caracteres.",
    email: "Informe um e-mail válido, como ana@example.com.",
    birth_date: "Informe uma data entre 01/01/1900 e hoje.",
    password: "Informe uma senha de 8 a 128 caracteres.",
    role: "Escolha um dos perfis.",
  }),
);

/** A refusal or a failure. */
export class ApiError extends Error {
  /**
   * **message**: a sentence for people.
   * **type**: what went wrong, for the page itself: "email-taken", "unavailable".
   * **fields**: a sentence for each field that is to blame.
   */
  constructor(
    message: string,
    readonly type: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** The sentence for a field whose value is not accepted. */
export function fieldSentence(field: string): string {
  return FIELD_SENTENCES.get(field) ?? "Valor inválido.";
}

/** What a failed response means. Whatever stands between may answer too, so nothing of the body is certain. */
export function problemOf(body: unknown, response: Response): ApiError {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const type = String(problem["type"] ?? "");
  const fields = blamedFields(type, problem["errors"]);
  return new ApiError(sentence(type, response), type.replace("/problems/", ""), fields);
}

/** Nobody answered at all. */
export function unreachable(): ApiError {
  return new ApiError("O servidor não responde. Verifique a conexão e tente de novo.", "unavailable");
}

/** What to tell people about an error of whatever kind. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "Algo deu errado nesta página. Recarregue e tente de novo.";
}

function sentence(type: string, response: Response): string {
  const seconds = Number(response.headers.get("Retry-After"));
  if (type === "/problems/too-many-attempts" && seconds > 0) {
    return `Muitas tentativas. Tente de novo em ${seconds} ${seconds === 1 ? "segundo" : "segundos"}.`;
  }
  return SENTENCES.get(type) ?? `O servidor respondeu com o erro ${response.status}.`;
}

function blamedFields(type: string, errors: unknown): Record<string, string> {
  if (type === "/problems/email-taken") return { email: EMAIL_TAKEN };
  if (!Array.isArray(errors)) return {};
  const names = errors.map((error: { field?: unknown }) => String(error.field));
  return Object.fromEntries(names.map((name) => [name, fieldSentence(name)]));
}
