/** Of the columns that hold ids. PostgreSQL takes no greater number for a place where an id stands. */
export const lastPossibleId = 2_147_483_647
