import { randomUUID } from 'node:crypto'
import { jobData } from '../job-data.ts'

/** A payload as Laravel and we write it for a job named `NoOp`, so that bare loops move rows of the same size. */
export function laravelPayload(): string {
  return JSON.stringify({
    uuid: randomUUID(),
    displayName: 'NoOp',
    job: 'NoOp',
    maxTries: null,
    maxExceptions: null,
    failOnTimeout: false,
    backoff: null,
    timeout: null,
    data: jobData(),
    createdAt: Math.floor(Date.now() / 1_000),
    delay: null,
  })
}
