import { parentPort, workerData } from 'node:worker_threads'
import type { SimulationSettings } from './simulation.ts'
import { simulateVerbs } from './verbs/simulate-verbs.ts'

const settings: SimulationSettings = workerData
parentPort?.postMessage(await simulateVerbs(settings))
