/** The commands of a page of `docs/`, and a shell that runs them with the local cluster's programs. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')

/** The page's blocks of that language, in order. `page`: path below `docs/`. */
export async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs', page), 'utf8')
  return [...text.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  )
}

/** Runs a block as a user would, in a clone of this repository; what it prints. Rejects with what it said is wrong. */
export type Shell = (commands: string, env?: Readonly<Record<string, string>>) => Promise<string>

/** A shell that finds those programs, and the cluster of that kubeconfig. `home`: an empty folder. */
export function openShell(options: {
  readonly programs: readonly string[]
  readonly kubeconfig: string
  readonly home: string
}): Shell {
  const PATH = [...options.programs.map((program) => dirname(program)), process.env.PATH].join(delimiter)
  const own = { PATH, HOME: options.home, KUBECONFIG: options.kubeconfig }
  return async (commands, env = {}) =>
    (await promisify(execFile)('bash', ['-euc', commands], { cwd: root, env: { ...own, ...env } })).stdout
}
