/** The backend's API, as far as the page uses it. */

export interface NewUser {
  name: string;
  email: string;
  birth_date: string;
}

export interface User extends NewUser {
  id: number;
}

export interface Version {
  tag: string;
  commit: string;
  environment: string;
}

/** A refusal or a failure, in words for the person at the page. */
export class ApiError extends Error {}

const REASONS: Record<number, string> = {
  404: "Este usuário não existe mais.",
  409: "Já existe um usuário com este e-mail.",
  422: "Confira os campos: há um valor inválido.",
};

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const request: RequestInit = { method };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ApiError("O servidor não responde.");
  }
  if (!response.ok) {
    throw new ApiError(REASONS[response.status] ?? `O servidor respondeu com o erro ${response.status}.`);
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export function createUser(user: NewUser): Promise<User> {
  return call("POST", "/api/users", user);
}

export function updateUser(id: number, user: NewUser): Promise<User> {
  return call("PATCH", `/api/users/${id}`, user);
}

export function listUsers(): Promise<User[]> {
  return call("GET", "/api/users");
}

export function viewUser(id: number): Promise<User> {
  return call("GET", `/api/users/${id}`);
}

export function deleteUser(id: number): Promise<void> {
  return call("DELETE", `/api/users/${id}`);
}

export function getVersion(): Promise<Version> {
  return call("GET", "/api/version");
}
