export type { OpenedQueue } from './custody.ts'
export { RecordFolder } from './record-folder.ts'
export type { KillReason, RunnerEnd } from './runner-process.ts'
export { type LeftToDo, type SlotGroup, Supervisor, type SupervisorSettings } from './supervisor.ts'
