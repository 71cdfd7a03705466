/** Seconds after which a reservation that nobody renews is over. */
export const retryAfterSeconds = 30
