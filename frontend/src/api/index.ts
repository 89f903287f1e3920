/** The backend's API, as far as the page uses it. */

import { answered, client } from "./client";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["UserRead"];
export type Role = User["role"];
export type Credentials = Schemas["LoginRequest"];
export type Registration = Schemas["UserRegister"];
export type UserQuery = NonNullable<paths["/api/users"]["get"]["parameters"]["query"]>;
export type UserPage = Schemas["UserPageRead"];
export type Stats = Schemas["StatsRead"];
export type Version = Schemas["VersionRead"];

export function register(user: Registration): Promise<User> {
  return answered(client.POST("/api/auth/register", { body: user }));
}

export function login(credentials: Credentials) {
  return answered(client.POST("/api/auth/login", { body: credentials }));
}

/** Who is signed in. */
export function me(): Promise<User> {
  return answered(client.GET("/api/auth/me"));
}

export type UserUpdate = Schemas["UserUpdate"];

export function updateUser(id: number, changes: UserUpdate): Promise<User> {
  return answered(client.PATCH("/api/users/{user_id}", { params: { path: { user_id: id } }, body: changes }));
}

export type NewUser = Schemas["UserCreate"];

export function createUser(user: NewUser): Promise<User> {
  return answered(client.POST("/api/users", { body: user }));
}

export function listUsers(query: UserQuery): Promise<UserPage> {
  return answered(client.GET("/api/users", { params: { query } }));
}

export function viewUser(id: number): Promise<User> {
  return answered(client.GET("/api/users/{user_id}", { params: { path: { user_id: id } } }));
}

export async function deleteUser(id: number): Promise<void> {
  await answered(client.DELETE("/api/users/{user_id}", { params: { path: { user_id: id } } }));
}

export function getStats(): Promise<Stats> {
  return answered(client.GET("/api/stats"));
}

export function getVersion(): Promise<Version> {
  return answered(client.GET("/api/version"));
}
