import { html } from 'hono/html'

export { html }

/** A piece of a page; everything interpolated into `html` is escaped. */
export type Html = ReturnType<typeof html>
