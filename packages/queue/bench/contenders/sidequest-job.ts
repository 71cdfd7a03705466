import { Job } from 'sidequest'
import type { JobData } from '../job-data.ts'

/** Sidequest imports a job's file by its path, so what a run hears of its jobs goes through this module. */
export const heard: { onStart: (data: JobData) => void } = { onStart: () => undefined }

export class SidequestJob extends Job {
  override async run(data: JobData): Promise<void> {
    heard.onStart(data)
  }
}
