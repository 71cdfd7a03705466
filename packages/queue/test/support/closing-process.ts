import { once } from 'node:events'
import { createQueue } from '../../src/index.ts'

/** A program that asks a server something, closes its queue when it is told to, and has nothing else to do. */
const [name = '', settings = ''] = process.argv.slice(2)
const module = name === 'postgres' ? 'postgres' : 'mysql'
const connect = Reflect.get(await import(`../../src/connections/${module}.ts`), module)
const queue = createQueue({ connection: connect(JSON.parse(settings), { deadline: 2 }) })
await queue.size()
const running = queue.worker().run()
process.stdout.write('open\n')
await once(process.stdin, 'data')
process.stdin.destroy()
await queue.close()
await running
process.stdout.write('closed\n')
