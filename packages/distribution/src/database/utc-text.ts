/** A moment as the tables hold it: UTC, `YYYY-MM-DD HH:MM:SS`. Texts of this form sort as the moments do. */
export function utcText(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ')
}

/** The moment that such a text says. */
export function dateOf(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`)
}
