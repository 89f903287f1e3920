/** What was typed into the field of this name. */
export function text(values: FormData, name: string): string {
  return String(values.get(name) ?? "");
}
