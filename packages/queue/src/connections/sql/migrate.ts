import type { Driver } from '../../drivers/driver.ts'
import type { SchemaStep } from '../../migrations/schema-step.ts'
import { forgetDeleted } from './side-tables.ts'

/** Creates what is missing, and forgets what the side tables remember of jobs that others deleted. */
export async function migrate(driver: Driver): Promise<void> {
  const { schema } = await driver.dialect()
  for (const step of schema) await run(driver, step)
  await forgetDeleted(driver)
  driver.forgetDialect()
}

/** Another process may migrate at the same time: what it made meanwhile makes the step fail, and not when it is run again. */
async function run(driver: Driver, step: SchemaStep): Promise<void> {
  try {
    await runOnce(driver, step)
  } catch {
    await runOnce(driver, step)
  }
}

async function runOnce(driver: Driver, step: SchemaStep): Promise<void> {
  if (typeof step === 'string') await driver.change(step)
  else if (!(await isFound(driver, step.unlessFound))) await driver.change(step.run)
}

async function isFound(driver: Driver, query: string): Promise<boolean> {
  return (await driver.query(query)).rows.length > 0
}
