/** A statement that does nothing when it ran before, or one that runs unless a query finds a row. */
export type SchemaStep = string | { readonly unlessFound: string; readonly run: string }
