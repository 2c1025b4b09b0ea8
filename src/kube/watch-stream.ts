/** Turns the bytes of a watch into its events. */
import { KubeError, type KubeObject, type WatchEvent } from './cluster.ts'
import { reasonOf } from './http.ts'

interface WatchLine {
  readonly type: string
  readonly object: {
    readonly metadata?: { readonly resourceVersion?: string }
    readonly code?: number
    readonly reason?: string
    readonly message?: string
  }
}

/** The events in a watch's chunks, one line each. An `ERROR` line is thrown, as {@link KubeError}. */
export async function* watchEvents<T extends KubeObject>(
  chunks: AsyncIterable<Uint8Array>,
  complete: (object: T) => T,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of linesOf(chunks)) {
    const { type, object } = parseLine(line)
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        yield { type, object: complete(object as unknown as T) }
        break
      case 'BOOKMARK':
        yield { type, resourceVersion: object.metadata?.resourceVersion ?? '' }
        break
      default: {
        const status = object.code ?? 500
        throw new KubeError(reasonOf(status, object.reason), `the watch failed: ${object.message ?? line}`, { status })
      }
    }
  }
}

/** A line that is cut short by a dying connection must not pass as an event, nor be lost in silence. */
function parseLine(line: string): WatchLine {
  try {
    return JSON.parse(line) as WatchLine
  } catch (cause) {
    throw new KubeError('Unreachable', `the watch ended inside an event (${line.length} characters read)`, { cause })
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      const whole = parts.join('') + line
      parts = []
      if (whole !== '') yield whole
    }
    parts.push(last)
  }
  const rest = parts.join('') + decoder.decode()
  if (rest !== '') yield rest
}
