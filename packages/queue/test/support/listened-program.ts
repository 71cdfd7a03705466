import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

/** What a test lets `queue:listen` run: tells a file of its words, then does what the test wants. */
const { LISTENED_FILE: file = '', LISTENED_DOING: doing = '' } = process.env
appendFileSync(file, `${JSON.stringify(process.argv.slice(2))}\n`)
process.stdout.write('out\n')
process.stderr.write('err\n')
if (doing === 'leave one')
  process.stdout.write(`left ${spawn('sleep', ['300'], { stdio: ['ignore', 'inherit', 'inherit'] }).pid}\n`, () =>
    process.exit(0),
  )
if (doing === 'fail') process.exitCode = 1
if (doing === 'hang') for (;;);
if (doing === 'work') {
  const timer = setTimeout(() => undefined, 60_000)
  process.on('SIGTERM', () => {
    process.stdout.write('the job ended\n')
    clearTimeout(timer)
    process.disconnect()
  })
  process.stdout.write('working\n')
}
