import { InvalidDataError } from './errors.ts'
import type { AnyJobDefinition, SchemaIssue } from './job.ts'

/** The data as the job's schema gives it back; as it is when there is no schema. Throws `InvalidDataError`. */
export async function checkData(definition: AnyJobDefinition, data: unknown): Promise<unknown> {
  const result = await definition.schema?.['~standard'].validate(data)
  if (!result) return data
  if (result.issues) throw new InvalidDataError(definition.name, result.issues.map(describeIssue))
  return result.value
}

function describeIssue(issue: SchemaIssue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return path ? `${path}: ${issue.message}` : issue.message
}
