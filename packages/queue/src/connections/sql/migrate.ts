import type { Driver } from '../../drivers/driver.ts'
import type { SchemaStep } from '../../migrations/schema-step.ts'

/** Creates what is missing, and takes the leave of what the side table remembers of jobs that others deleted. */
export async function migrate(driver: Driver): Promise<void> {
  const { schema } = await driver.dialect()
  for (const step of schema) await run(driver, step)
  await driver.query(
    'delete from queue_forgiven where not exists (select 1 from jobs where jobs.id = queue_forgiven.job_id)',
  )
  driver.forgetDialect()
}

async function run(driver: Driver, step: SchemaStep): Promise<void> {
  if (typeof step === 'string') {
    await driver.query(step)
  } else if (!(await isFound(driver, step.unlessFound))) {
    try {
      await driver.query(step.run)
    } catch (error) {
      // Another process may have been faster.
      if (!(await isFound(driver, step.unlessFound))) throw error
    }
  }
}

async function isFound(driver: Driver, query: string): Promise<boolean> {
  return (await driver.query(query)).rows.length > 0
}
