/** A connection that is put through a transaction by hand. */
export interface Session {
  begin(): Promise<unknown>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
  /** Gives it back for the next caller. */
  release(): void
  /** Nobody knows what is open on it: no one may have it again. */
  destroy(): void
}

/** Commits when `work` resolves; rolls back when anything fails, and rejects with what failed first. */
export async function inSession<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  try {
    await session.begin()
    const result = await work()
    await session.commit()
    session.release()
    return result
  } catch (error) {
    await session.rollback().then(
      () => session.release(),
      () => session.destroy(),
    )
    throw error
  }
}
