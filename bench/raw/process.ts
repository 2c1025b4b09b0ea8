/**
 * The loader without logic, a process of its own: is told of an environment and writes its recipe, so many at a time,
 * over as many kept-alive connections as the operator has. It decides nothing and reads nothing.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { LoaderMessage, LoaderSetup } from './loader.ts'
import type { RawRequest } from './recipe.ts'

/** As many environments at a time, and connections, as `tronador operator` has if it is told nothing. */
const atATime = 16
const connections = 32

/** Milliseconds after which what the API server does not know yet (see `refusals.ts`) is asked again. */
const notYet = 100

const waiting: Extract<LoaderMessage, { name: string }>[] = []
let setup: LoaderSetup | undefined
let pool: Pool | undefined
let working = 0

process.on('message', (message: LoaderMessage) => {
  if ('recipe' in message) {
    setup = message
    const { server, ca } = message
    pool = new Pool(server, { connections, connect: ca === undefined ? {} : { ca }, keepAliveTimeout: 60_000 })
    process.send?.('ready')
  } else {
    waiting.push(message)
    takeUp()
  }
})
process.on('disconnect', () => process.exit())

function takeUp(): void {
  for (; working < atATime && waiting.length > 0; working += 1) {
    const next = waiting.shift()
    if (next !== undefined) void make(next.name, next.uid)
  }
}

async function make(name: string, uid: string): Promise<void> {
  for (const stage of setup?.recipe ?? []) await Promise.all(stage.map((request) => send(request, name, uid)))
  working -= 1
  takeUp()
}

async function send({ method, path, contentType, body }: RawRequest, name: string, uid: string): Promise<void> {
  const fill = (text: string) => text.replaceAll('NAME', name).replaceAll('UID', uid)
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${setup?.token}`,
    'content-type': contentType,
    'user-agent': 'raw-loader',
  }
  const answer = await pool?.request({ method, path: fill(path), headers, body: fill(body) })
  const text = await answer?.body.text()
  if (answer?.statusCode === 404) {
    await delay(notYet)
    await send({ method, path, contentType, body }, name, uid)
  } else if (answer === undefined || answer.statusCode >= 300) {
    throw new Error(`${method} ${fill(path)} was answered with ${answer?.statusCode}: ${text}`)
  }
}
