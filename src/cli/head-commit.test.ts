import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { headCommit } from './head-commit.ts'
import { processFiles } from './process-files.ts'
import { ioForTests } from './testing.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const io = ioForTests(processFiles)
const elsewhere = 'c'.repeat(40)

function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'checkout-')))
  folders.push(folder)
  return folder
}

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false']
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  return execFileSync('git', [...identity, '-C', folder, ...args], { encoding: 'utf8', env, stdio: 'pipe' }).trim()
}

/** A checkout with one commit of a config file in a folder. */
function checkOut(...initial: string[]): string {
  const folder = makeFolder()
  git(folder, 'init', '--quiet', '--initial-branch=main', ...initial)
  mkdirSync(join(folder, 'services'))
  writeFileSync(join(folder, 'services/.tronador.yaml'), 'application: { chart_path: deploy }\n')
  git(folder, 'add', '.')
  git(folder, 'commit', '--quiet', '--message', 'Begin')
  return folder
}

const head = (folder: string) => headCommit(join(folder, 'services/.tronador.yaml'), io)

test('reads the commit of the branch that is checked out', async () => {
  const folder = checkOut()

  expect(await head(folder)).toBe(git(folder, 'rev-parse', 'HEAD'))
})

test('reads a detached HEAD, as pipelines check out', async () => {
  const folder = checkOut()
  const commit = git(folder, 'rev-parse', 'HEAD')
  git(folder, 'checkout', '--quiet', '--detach')
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'More')

  expect(await head(folder)).toBe(git(folder, 'rev-parse', 'HEAD'))
  expect(await head(folder)).not.toBe(commit)
})

test('reads a branch whose reference git has packed, and the newer one where it has moved since', async () => {
  const folder = checkOut()
  git(folder, 'checkout', '--quiet', '-b', 'feature/$(id)')
  git(folder, 'pack-refs', '--all')
  const packed = git(folder, 'rev-parse', 'HEAD')

  expect(await head(folder)).toBe(packed)
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'More')
  expect(await head(folder)).toBe(git(folder, 'rev-parse', 'HEAD'))
  expect(await head(folder)).not.toBe(packed)
})

test('reads a repository with hashes of SHA-256', async () => {
  const folder = checkOut('--object-format=sha256')

  expect(await head(folder)).toMatch(/^[0-9a-f]{64}$/)
  expect(await head(folder)).toBe(git(folder, 'rev-parse', 'HEAD'))
})

test('reads another work tree of the same repository', async () => {
  const folder = checkOut()
  const tree = join(makeFolder(), 'tree')
  git(folder, 'worktree', 'add', '--quiet', '-b', 'other', tree)
  git(tree, 'commit', '--quiet', '--allow-empty', '--message', 'More')

  expect(await head(tree)).toBe(git(tree, 'rev-parse', 'HEAD'))
  expect(await head(tree)).not.toBe(await head(folder))
})

test('reads a shallow clone', async () => {
  const origin = checkOut()
  git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'More')
  const clone = join(makeFolder(), 'clone')
  git(origin, 'clone', '--quiet', '--depth=1', `file://${origin}`, clone)

  expect(await head(clone)).toBe(git(origin, 'rev-parse', 'HEAD'))
})

const refused = (message: string) => expect.objectContaining({ code: 'CheckoutUnreadable', message })

test('says what is missing where there is no checkout, no commit or no file', async () => {
  const folder = makeFolder()
  const file = join(folder, '.tronador.yaml')

  await expect(headCommit(file, io)).rejects.toEqual(refused(`${file} cannot be read: there is no such file.`))
  await expect(headCommit('-', io)).rejects.toEqual(refused('A config file from standard input lies in no checkout.'))
  writeFileSync(file, '')
  git(folder, 'init', '--quiet', '--initial-branch=main')
  await expect(headCommit(file, io)).rejects.toEqual(
    refused(`The checkout’s branch main has no commit in ${folder}/.git.`),
  )
})

test.each([
  ['HEAD', 'ref: refs/heads/../../../../etc/shadow\n', (git: string) => `HEAD in ${git} cannot be understood.`],
  ['HEAD', 'ref: refs/heads/a b\n', (git: string) => `HEAD in ${git} cannot be understood.`],
  ['HEAD', 'secret', (git: string) => `HEAD in ${git} cannot be understood.`],
  ['HEAD', 'ref: refs/heads/.invalid\n', (git: string) => `HEAD in ${git} cannot be understood.`],
  ['refs/heads/main', 'secret', (git: string) => `refs/heads/main in ${git} cannot be understood.`],
  ['HEAD', 'x'.repeat(5000), (git: string) => `${git}/HEAD is larger than 4096 bytes.`],
  [
    'refs/heads/main',
    'ref: refs/heads/main\n',
    (git: string) => `HEAD in ${git} leads from one name to the next without end.`,
  ],
])('refuses %s that holds %j, and repeats nothing of it', async (name, text, message) => {
  const folder = checkOut()
  writeFileSync(join(folder, '.git', name), text)

  await expect(head(folder)).rejects.toEqual(refused(message(join(folder, '.git'))))
})

test('follows no symbolic link out of the git folder', async () => {
  const folder = checkOut()
  const outside = join(makeFolder(), 'ref')
  writeFileSync(outside, elsewhere)
  const path = join(folder, '.git/refs/heads/main')
  rmSync(path)
  symlinkSync(outside, path)

  await expect(head(folder)).rejects.toEqual(refused(`${path} is reached through a symbolic link.`))
})

test('refuses a git folder that is a symbolic link', async () => {
  const folder = makeFolder()
  const file = join(folder, '.tronador.yaml')
  writeFileSync(file, '')
  symlinkSync(join(checkOut(), '.git'), join(folder, '.git'))

  await expect(headCommit(file, io)).rejects.toEqual(refused(`${folder}/.git is a symbolic link.`))
})

test('refuses a `.git` file that names nothing, or what is not there', async () => {
  const folder = makeFolder()
  const file = join(folder, '.tronador.yaml')
  writeFileSync(file, '')
  writeFileSync(join(folder, '.git'), 'something\n')

  await expect(headCommit(file, io)).rejects.toEqual(refused(`${folder}/.git is no git folder and names none.`))
  writeFileSync(join(folder, '.git'), 'gitdir: gone\n')
  await expect(headCommit(file, io)).rejects.toEqual(refused(`The git folder that ${folder}/.git names is not there.`))
})
