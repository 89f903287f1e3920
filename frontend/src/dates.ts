/** "1990-04-12" as people write it here: 12/04/1990. No Date object, so no time zone can move the day. */
export function brazilianDate(iso: string): string {
  return iso.split("-").reverse().join("/");
}
