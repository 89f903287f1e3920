/** "1990-04-12" as people write it here: 12/04/1990. No Date object, so no time zone can move the day. */
export function brazilianDate(iso: string): string {
  return iso.split("-").reverse().join("/");
}

const MOMENT = new Intl.DateTimeFormat("pt-BR", { dateStyle: "short", timeStyle: "short" });

const DAY = new Intl.DateTimeFormat("pt-BR", { dateStyle: "short" });

/** The day of a moment of the server, where the reader is. */
export function localDay(iso: string): string {
  return DAY.format(new Date(iso));
}

/** A moment of the server, which speaks UTC, on the reader's clock. */
export function localMoment(iso: string): string {
  return MOMENT.format(new Date(iso));
}

/** Today where the reader is, as a date field wants it: 2026-01-31. */
export function today(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
