import type { Figures } from './child-task.ts'
import type { Settings } from './contenders/contender.ts'
import { type Contender, settingText } from './contenders/registry.ts'
import { whyUnavailable } from './contenders/unavailable.ts'
import type { Options } from './options.ts'
import type { NotRun, Result } from './results.ts'
import type { Places } from './servers/places.ts'

/** `--quick` promises two minutes; nothing is begun after this. */
const quickEndsAfterMs = 105_000

/** One run of the bench: what was asked, where it runs, and what was found. */
export class Bench {
  readonly options: Options
  readonly places: Places
  readonly notRun: NotRun[] = []
  /** True when a contender broke, as against one that was not there. */
  hasFailed = false
  readonly #values = new Map<string, Result & { readonly values: number[] }>()

  constructor(options: Options, places: Places) {
    this.options = options
    this.places = places
  }

  get results(): readonly Result[] {
    return [...this.#values.values()]
  }

  /** Those of the contenders that the options ask for and this machine can run; the rest is noted with its reason. */
  available(measure: string, contenders: readonly Contender[]): readonly Contender[] {
    const asked = contenders.filter(({ database }) => this.options.databases.includes(database))
    return asked.filter((contender) => {
      const reason = this.places.missing.get(contender.database) ?? whyUnavailable(contender)
      if (reason) this.#note({ measure, contender: contender.name, reason })
      return !reason
    })
  }

  /** Runs one trial and keeps its figures under the measure's name; undefined when it failed or there was no time. */
  async attempt(measure: string, entry: Entry, trial: () => Promise<Figures>): Promise<Figures | undefined> {
    const { contender, settings } = entry
    if (this.#isLate()) {
      this.#note({ measure, contender: contender.name, reason: 'the two minutes of --quick were over' })
      return undefined
    }
    try {
      const figures = await trial()
      this.#say(measure, entry, figures)
      return figures
    } catch (error) {
      this.hasFailed = true
      const reason = error instanceof Error ? error.message : String(error)
      console.error(`${measure}: ${contender.name} (${settingText(settings)}): ${reason}`)
      this.#note({ measure, contender: contender.name, reason: reason.slice(0, 300) })
      return undefined
    }
  }

  keep(measure: string, { contender, settings }: Entry, figures: Figures): void {
    const setting = settingText(settings)
    for (const [metric, value] of Object.entries(figures)) {
      const key = JSON.stringify([measure, contender.name, setting, metric])
      const result = this.#values.get(key)
      if (result) result.values.push(value)
      else {
        const { name, database } = contender
        this.#values.set(key, { measure, contender: name, database, setting, metric, values: [value] })
      }
    }
  }

  #isLate(): boolean {
    return this.options.isQuick && performance.now() > quickEndsAfterMs
  }

  #note(entry: NotRun): void {
    const isKnown = this.notRun.some(
      ({ measure, contender }) => measure === entry.measure && contender === entry.contender,
    )
    if (!isKnown) this.notRun.push(entry)
  }

  #say(measure: string, { contender, settings }: Entry, figures: Figures): void {
    const texts = Object.entries(figures).map(([metric, value]) => `${value.toFixed(value < 100 ? 2 : 0)} ${metric}`)
    console.error(`${measure}: ${contender.name} (${settingText(settings)}): ${texts.join(', ')}`)
  }
}

/** A contender with one of its settings. */
export interface Entry {
  readonly contender: Contender
  readonly settings: Settings
}
