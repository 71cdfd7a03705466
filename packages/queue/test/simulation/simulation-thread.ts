import { parentPort, workerData } from 'node:worker_threads'
import type { SimulationSettings } from './simulation.ts'
import { simulateVerbs } from './verbs/simulate-verbs.ts'
import { simulateWorkers } from './workers/simulate-workers.ts'

const settings: SimulationSettings = workerData
const simulate = settings.subject === 'workers' ? simulateWorkers : simulateVerbs
parentPort?.postMessage(await simulate(settings))
