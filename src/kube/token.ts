/** The bearer token, from the configuration or from a file that is rotated under us. */
import { readFile } from 'node:fs/promises'
import type { Clock } from './clock.ts'
import { KubeError } from './cluster.ts'
import type { ClusterConfig } from './kubeconfig.ts'

/** Gives the token for the next request. */
export interface TokenSource {
  read(): Promise<string | undefined>
  /** The server refused the token: read the file anew next time. */
  forget(): void
}

/** How long a token read from a file is used before the file is read again, in milliseconds. */
const tokenLifetime = 60_000

/** Makes the source that fits the configuration; a token file wins over a fixed token, as in client-go. */
export function createTokenSource(config: ClusterConfig, clock: Clock): TokenSource {
  const { token, tokenFile } = config
  if (tokenFile === undefined) return { read: async () => token, forget: () => {} }

  let kept: { readonly token: string; readonly readAt: number } | undefined
  return {
    async read() {
      if (kept === undefined || clock.now() - kept.readAt >= tokenLifetime) {
        kept = { token: await readToken(tokenFile), readAt: clock.now() }
      }
      return kept.token
    },
    forget() {
      kept = undefined
    },
  }
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new KubeError('Unauthorized', `cannot read the token file ${path}; is it mounted and readable?`, { cause })
  }
}
